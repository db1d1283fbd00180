"""The version of the engine, which is that of the plugin."""

VERSION = "0.1.0"
