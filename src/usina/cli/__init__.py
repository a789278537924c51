"""The `usina` command: `up` serves, everything else is a client of the front door. Heavy imports wait for their use."""
