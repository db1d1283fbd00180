"""The engine in a Python process of its own, for programs in which numba must not be loaded.

`parent.call` starts ``python -m shepherd_segmentation.core engine`` and talks to it in lines of
JSON: the call goes to its standard input, and so does a wish to cancel; progress and the result
come from its standard output. A crash of that process is an error of the call and nothing more.
"""
