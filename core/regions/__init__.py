"""From cluster images to segments: clumps, single pixels, the region graph and its elimination."""
