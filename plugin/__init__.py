"""What connects the engine to QGIS: registration, styles, messages."""
