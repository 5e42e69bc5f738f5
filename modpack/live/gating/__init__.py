"""Two rings of evidence and a context: which ring moves the choice, and by which of two mechanisms."""

from modpack.live.gating.figure import EvidenceGates, of_own_size

__all__ = ["EvidenceGates", "of_own_size"]
