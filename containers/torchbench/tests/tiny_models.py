"""Three small modules of the kinds that TorchBench has, and one that crashes."""

from __future__ import annotations


def mlp():
    import torch

    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.GELU(), torch.nn.Linear(128, 8)), (torch.randn(16, 64),)


def convolution():
    import torch

    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Flatten()), (torch.randn(2, 3, 16, 16),)


def attention():
    import torch

    torch.manual_seed(0)
    return torch.nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), (torch.randn(2, 10, 32),)


def crashes():
    raise RuntimeError("this model cannot be built")


MODELS = {"mlp": mlp, "convolution": convolution, "attention": attention, "crashes": crashes}
