"""A run's identity: the content hash of its configuration.

Equal experiments share one run: thirty students with the same settings, a link, a shipped result.
"""

import hashlib
import json
from dataclasses import replace
from functools import lru_cache

from normlab.choices import DropoutPlace, L1Step, Optimizer, Scope, Trainable
from normlab.config import ModelConfig, OptimConfig, RunConfig
from normlab.settings import SCHEMA, differences


@lru_cache(maxsize=4096)  # the page asks for the same ones at every rerun
def run_id(config: RunConfig) -> str:
    """16 hexadecimal digits: SHA-256 of the canonical configuration's differences from the defaults, and the schema."""
    content = {"schema": SCHEMA, **differences(canonical(config))}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=4096)
def canonical(config: RunConfig) -> RunConfig:
    """The same experiment with every setting that has no effect in it put back to its default."""
    data, model, penalty, optim = config.data, config.model, config.penalty, config.optim
    if data.train_size == data.available:
        data = replace(data, train_size=0)
    if not model.is_grouped:
        model = replace(model, groups=ModelConfig().groups)
    if not model.remembers:
        model = replace(model, bn_momentum=ModelConfig().bn_momentum, ghost_batch=0)
    if model.ghost_batch == optim.batch_size:
        model = replace(model, ghost_batch=0)
    if model.norms:
        model = replace(model, study_exact=False)
    if not model.norms:
        model = replace(model, norm_blocks=ModelConfig().norm_blocks)
    if not model.norms or not model.dropout:
        model = replace(model, dropout_place=DropoutPlace.BEFORE_NORM)
    if not penalty.l1:
        penalty = replace(penalty, l1_scope=Scope.ALL, l1_step=L1Step.SUBGRADIENT)
    if not penalty.l2:
        penalty = replace(penalty, l2_scope=Scope.ALL)
    if optim.optimizer is not Optimizer.SGD:
        optim = replace(optim, momentum=OptimConfig().momentum)
    if optim.trainable is not Trainable.ALL:
        optim = replace(optim, weight_norms=0.0)
    if optim.trainable in (Trainable.NORM, Trainable.HEAD):
        optim = replace(optim, conv_lr_scale=1.0)
    bn_modes = config.bn_modes and model.remembers
    return RunConfig(data, model, penalty, optim, config.seed, bn_modes)


def base(config: RunConfig) -> RunConfig:
    """What all runs of an arm share: the canonical configuration with seed 0, whatever is recorded beside it."""
    return replace(canonical(config), seed=0, bn_modes=False)
