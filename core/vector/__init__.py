"""Tables and polygon layers with one row per segment; everything that touches OGR."""
