"""AWS Security Token Service: who am I, and credentials that end by themselves."""
