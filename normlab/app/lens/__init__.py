"""The network with an image in it: every block's feature maps, and a lens for any value in them.

The browser computes the maps (`passes.js`) from what `sent.py` packs: so another image, epoch or value costs the server
nothing, and the lens shows the layer's own numbers. `maps.py` puts it on a page.
"""
