"""Fakes of every port, public: for our own tests and for those who build on Usina. Nothing in Usina imports them."""
