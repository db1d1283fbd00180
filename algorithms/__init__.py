"""The Processing algorithms: parameters in, a call of the engine, outputs out."""
