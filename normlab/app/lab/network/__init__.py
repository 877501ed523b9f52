"""The network as a drawing at the top of the lab; its blocks open in the Layers panel."""
