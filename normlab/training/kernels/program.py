"""A pass through the network as a program: rows of numbers, each an instruction, which `run` carries out in order."""

WAIT, TURN, CLEAR, TAKE, CONVOLVE, NORMALIZE, SCALE, MIX, CLASSIFY = range(9)
"""Instructions of the way forward: all threads meet; turn a weight for the way back; begin with gradients of 0; take
images; convolution with ReLU and dropout; a block's norms, as a scale and a shift; apply these; the 1×1 convolution
with max pooling; the head."""

HEAD_BACK, SCALE_BACK, NORMALIZE_BACK, RELU_BACK, WEIGHT_BACK, INPUT_BACK, MIX_BACK, SUM = range(9, 17)
"""The way back through the same; at the end the sum of the parts' gradients."""

OP, PART, BLOCK, FIRST, IMAGES, INPUTS, OUTPUTS, SIZE, BORDER, TAPS = range(10)
"""What an instruction says: what to do; the part whose thread does it; the block, from 0; the first of the images, how
many they are; channels that go in and come out; height and width of what comes out of a convolution, or goes into the
others; zeros around it, where they are kept; taps of a kernel."""

SOURCE, TARGET, WEIGHT, BIAS, GRADIENT, BIAS_GRADIENT, PLACES, LAST = range(10, 18)
"""Where in memory begin: what it reads, what it writes, weight and bias, and their gradients (a bias's: -1 if there is
none); where among the places of maxima it begins. `NORMALIZE` goes from channel `INPUTS` to the one before `LAST`."""

FIELDS = 18
