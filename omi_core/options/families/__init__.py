"""The option families of the guide's appendix A, a module each."""
