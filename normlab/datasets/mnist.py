"""MNIST: LeCun, Cortes and Burges 1998 (http://yann.lecun.com/exdb/mnist/)."""

from normlab.datasets.spec import DatasetSpec, Framing, idx_files, torchvision

SPEC = DatasetSpec(
    key="mnist",
    name="MNIST",
    about="Handwritten digits, 28×28 pixels: the data set of the study.",
    credit="Y. LeCun, C. Cortes and C. Burges, CC BY-SA 3.0; downloaded from torchvision's mirrors.",
    training=55_000,
    validation=5_000,
    test=10_000,
    labels=tuple("0123456789"),
    normalization=(0.1307, 0.3081),
    recipe={"lr": 0.2, "batch_size": 128, "epochs": 4},
    source=idx_files(
        folder="MNIST/raw",
        mirrors=("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"),
        files=(
            (9_912_422, "f68b3c2dcbeaaa9fbdd348bbdeb94873", "6bbc9ace898e44ae57da46a324031adb"),
            (28_881, "d53e105ee54ea40749a09fcbcd1e9432", "a25bea736e30d166cdddb491f175f624"),
            (1_648_877, "9fb629c4189551a2d022fa330f9573f3", "2646ac647ad5339dbf082846283269ea"),
            (4_542, "ec29112dd5afa0611ce80d1b7f02629c", "27ae3e4e09519cfbb04c329615203637"),
        ),
    ),
    framing=Framing(fits=20, by_mass=True),
    script=torchvision("MNIST"),
)
"""Digits fit into 20×20 pixels, and their center of mass is the image's."""
