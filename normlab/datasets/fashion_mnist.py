"""Fashion-MNIST: Xiao, Rasul and Vollgraf 2017 (arXiv:1708.07747)."""

from normlab.datasets.spec import DatasetSpec, Framing, idx_files, torchvision

SPEC = DatasetSpec(
    key="fashion-mnist",
    name="Fashion-MNIST",
    about="Ten kinds of clothing and shoes, 28×28 pixels. Made to be harder than MNIST.",
    credit="[Fashion-MNIST](https://github.com/zalandoresearch/fashion-mnist), H. Xiao, K. Rasul and R. Vollgraf "
    "(Zalando), MIT license; downloaded from torchvision's mirrors.",
    training=55_000,
    validation=5_000,
    test=10_000,
    labels=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    normalization=(0.2860, 0.3530),
    recipe={"lr": 0.2, "batch_size": 128, "epochs": 8},
    source=idx_files(
        folder="FashionMNIST/raw",
        mirrors=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
        files=(
            (26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d", "f4a8712d7a061bf5bd6d2ca38dc4d50a"),
            (29_515, "25c81989df183df01b3e8a0aad5dffbe", "9018921c3c673c538a1fc5bad174d6f9"),
            (4_422_102, "bef4ecab320f06d8554ea6380940ec79", "8181f5470baa50b63fa0f6fddb340f0a"),
            (5_148, "bb300cfdad3c16e7a12a480ee83cd310", "15d484375f8d13e6eb1aabb0c3f46965"),
        ),
    ),
    framing=Framing(fits=28),
    script=torchvision("FashionMNIST"),
)
"""The pictures reach from edge to edge."""
