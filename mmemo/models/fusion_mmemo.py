"""Fusions and heads: from encoded modalities to logits.

Conventions: `encoded` maps a modality to `(tokens, mask)`, tokens (B, L, D), mask (B, L) bool, True = real; token 0 is
the modality's summary, and `mask[:, 0]` says whether the sample has the modality at all. A fusion gives (B, D) and
accepts any of its modalities absent from the dict or masked, with the same result. This file travels to the Hub with
the weights.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence
from transformers import initialization as init

Encoded = dict[str, tuple[Tensor, Tensor]]


def present_in(encoded: Encoded) -> dict[str, Tensor]:
    """Modality to (B,) bool, True = the sample has it."""
    return {modality: mask[:, 0] for modality, (_, mask) in encoded.items()}


class Fusion(nn.Module):
    """Base of all fusions: gathers summaries, with a learnt vector where a modality is missing.

    Args:
        modalities: In a fixed order, which the weights depend on.
        width: D.
        num_heads: Attention heads, for fusions that attend.
        dropout: Dropout rate.
    """

    def __init__(self, modalities: tuple[str, ...], width: int, num_heads: int, dropout: float) -> None:
        """Make the learnt vectors."""
        super().__init__()
        self.modalities = modalities
        self.missing = nn.Parameter(torch.zeros(len(modalities), width))
        self.dropout = nn.Dropout(dropout)

    def init_parameters(self) -> None:
        """Set what no submodule sets; called by the model's `_init_weights`."""
        init.normal_(self.missing, std=0.02)

    def summaries(self, encoded: Encoded) -> tuple[Tensor, Tensor]:
        """Summary of each modality (B, M, D), and which are present (B, M) bool."""
        batch_size = next((tokens.shape[0] for tokens, _ in encoded.values()), 1)
        columns, present = [], []
        for index, modality in enumerate(self.modalities):
            substitute = self.missing[index].expand(batch_size, -1)
            if modality in encoded:
                tokens, mask = encoded[modality]
                columns.append(torch.where(mask[:, :1], tokens[:, 0], substitute))
                present.append(mask[:, 0])
            else:
                columns.append(substitute)
                present.append(torch.zeros(batch_size, dtype=torch.bool, device=substitute.device))
        return torch.stack(columns, dim=1), torch.stack(present, dim=1)

    def forward(self, encoded: Encoded) -> Tensor:
        """Fuse to (B, D); B is 1 when nothing is encoded at all."""
        raise NotImplementedError


class ConcatFusion(Fusion):
    """Summaries side by side through a dense layer (systems B and D)."""

    def __init__(self, modalities: tuple[str, ...], width: int, num_heads: int, dropout: float) -> None:
        """Build the dense layer."""
        super().__init__(modalities, width, num_heads, dropout)
        self.dense = nn.Linear(len(modalities) * width, width)

    def forward(self, encoded: Encoded) -> Tensor:
        """Fuse to (B, D)."""
        summaries, _ = self.summaries(encoded)  # (B, M, D)
        return self.dropout(nn.functional.gelu(self.dense(summaries.flatten(1))))


def _masked_softmax(scores: Tensor, present: Tensor) -> Tensor:
    """Softmax over the present entries of (B, M); over all of them where none is present."""
    hidden = ~present & present.any(dim=1, keepdim=True)
    return scores.masked_fill(hidden, float("-inf")).softmax(dim=1)


class GatedFusion(Fusion):
    """A gate weighs the modalities anew for each sample (gated multimodal unit, Arevalo et al. 2017)."""

    def __init__(self, modalities: tuple[str, ...], width: int, num_heads: int, dropout: float) -> None:
        """Build the gate and each modality's layer."""
        super().__init__(modalities, width, num_heads, dropout)
        self.values = nn.ModuleList(nn.Linear(width, width) for _ in modalities)
        self.gate = nn.Linear(len(modalities) * width, len(modalities))

    def forward(self, encoded: Encoded) -> Tensor:
        """Fuse to (B, D)."""
        summaries, present = self.summaries(encoded)  # (B, M, D), (B, M)
        weights = _masked_softmax(self.gate(summaries.flatten(1)), present)  # (B, M)
        values = torch.stack([torch.tanh(layer(summaries[:, i])) for i, layer in enumerate(self.values)], dim=1)
        return self.dropout((weights.unsqueeze(-1) * values).sum(dim=1))


class LateFusion(Fusion):
    """Each modality has a network of its own; learnt weights average what they say (systems C and E).

    With a linear head, averaging here is averaging each modality's logits.
    """

    def __init__(self, modalities: tuple[str, ...], width: int, num_heads: int, dropout: float) -> None:
        """Build each modality's network."""
        super().__init__(modalities, width, num_heads, dropout)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, width))
            for _ in modalities
        )
        self.weights = nn.Parameter(torch.zeros(len(modalities)))

    def init_parameters(self) -> None:
        """Start from equal weights."""
        super().init_parameters()
        init.zeros_(self.weights)

    def forward(self, encoded: Encoded) -> Tensor:
        """Fuse to (B, D)."""
        summaries, present = self.summaries(encoded)  # (B, M, D), (B, M)
        opinions = torch.stack([expert(summaries[:, i]) for i, expert in enumerate(self.experts)], dim=1)
        weights = _masked_softmax(self.weights.expand(present.shape), present)  # (B, M)
        return (weights.unsqueeze(-1) * opinions).sum(dim=1)


class _SingleQueryAttention(nn.MultiheadAttention):
    """`nn.MultiheadAttention` for one query of each sample, at a fraction of its cost.

    It projects every token of the context to a key and a value. With a single query the projections can be taken over
    to it: q . (W x) is (W^T q) . x, and the mean of projected tokens is the projected mean of tokens.
    """

    def forward(self, queries: Tensor, context: Tensor, context_mask: Tensor) -> Tensor:  # type: ignore[override]
        """Queries (B, D) over context (B, K, D), mask (B, K) True = real; gives (B, D)."""
        (batch_size, width), num_heads, depth = queries.shape, self.num_heads, self.head_dim
        to_query, to_key, to_value = self.in_proj_weight.chunk(3)
        query_bias, _, value_bias = self.in_proj_bias.chunk(3)  # a key's bias is the same for all tokens
        query = nn.functional.linear(queries, to_query, query_bias).view(batch_size, num_heads, depth)
        query = torch.einsum("bhd,hde->bhe", query * depth**-0.5, to_key.view(num_heads, depth, width))
        scores = query @ context.transpose(1, 2)  # (B, H, K)
        weights = scores.masked_fill(~context_mask.unsqueeze(1), float("-inf")).softmax(dim=-1)
        weights = nn.functional.dropout(weights, self.dropout, self.training)
        seen = torch.einsum("bhe,hde->bhd", weights @ context, to_value.view(num_heads, depth, width))
        seen = seen + weights.sum(dim=-1, keepdim=True) * value_bias.view(num_heads, depth)
        return self.out_proj(seen.flatten(1))


class _Attend(nn.Module):
    """One modality looks at the tokens of the others (system A)."""

    def __init__(self, width: int, num_heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = _SingleQueryAttention(width, num_heads, dropout=dropout, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
            nn.Dropout(dropout),
        )
        self.feed_forward_norm = nn.LayerNorm(width)

    def forward(self, queries: Tensor, context: Tensor, context_mask: Tensor) -> Tensor:
        """Queries (B, D), one for each sample, over context (B, K, D), mask (B, K) True = real; gives (B, D)."""
        queries = self.norm(queries + self.attention(queries, context, context_mask))
        return self.feed_forward_norm(queries + self.feed_forward(queries))


class CrossAttentionFusion(Fusion):
    """Each modality's summary attends to all tokens of every modality, its own included; a dense layer joins all.

    A learnt null token is always there, so that a sample with nothing to attend to is well defined.
    """

    def __init__(self, modalities: tuple[str, ...], width: int, num_heads: int, dropout: float) -> None:
        """Build the attention of each modality."""
        super().__init__(modalities, width, num_heads, dropout)
        self.kinds = nn.Parameter(torch.zeros(len(modalities), width))
        self.null = nn.Parameter(torch.zeros(1, 1, width))
        self.attend = nn.ModuleList(_Attend(width, num_heads, dropout) for _ in modalities)
        self.dense = nn.Linear(len(modalities) * width, width)

    def init_parameters(self) -> None:
        """Set the learnt vectors."""
        super().init_parameters()
        init.normal_(self.kinds, std=0.02)
        init.normal_(self.null, std=0.02)

    def _context(self, encoded: Encoded, batch_size: int) -> tuple[Tensor, Tensor]:
        """Null token and all modalities' tokens (B, K, D), and their mask (B, K)."""
        tokens = [self.null.expand(batch_size, -1, -1)]
        masks = [torch.ones(batch_size, 1, dtype=torch.bool, device=self.null.device)]
        for index, modality in enumerate(self.modalities):
            if modality in encoded:
                tokens.append(encoded[modality][0] + self.kinds[index])
                masks.append(encoded[modality][1])
        return torch.cat(tokens, dim=1), torch.cat(masks, dim=1)

    def forward(self, encoded: Encoded) -> Tensor:
        """Fuse to (B, D)."""
        summaries, _ = self.summaries(encoded)  # (B, M, D)
        context, mask = self._context(encoded, summaries.shape[0])
        seen = [attend(summaries[:, i], context, mask) for i, attend in enumerate(self.attend)]
        return self.dropout(nn.functional.gelu(self.dense(torch.cat(seen, dim=1))))


class LinearHead(nn.Module):
    """One linear layer."""

    def __init__(self, width: int, num_labels: int, dropout: float) -> None:
        """Build the layer."""
        super().__init__()
        self.out = nn.Linear(width, num_labels)

    def forward(self, fused: Tensor, encoded: Encoded) -> Tensor:
        """Logits (B, N) from fused (B, D)."""
        return self.out(fused)


class FeedForwardHead(nn.Module):
    """Two layers with ReLU and dropout (system A's MLP)."""

    def __init__(self, width: int, num_labels: int, dropout: float) -> None:
        """Build the two layers."""
        super().__init__()
        self.dense = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(width, num_labels)

    def forward(self, fused: Tensor, encoded: Encoded) -> Tensor:
        """Logits (B, N) from fused (B, D)."""
        return self.out(self.dropout(torch.relu(self.dense(fused))))


class LstmHead(nn.Module):
    """A bidirectional LSTM over the words' tokens, its last states beside the fused vector (system D)."""

    def __init__(self, width: int, num_labels: int, dropout: float) -> None:
        """Build the LSTM and the last layer."""
        super().__init__()
        self.lstm = nn.LSTM(width, width // 2, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(width + 2 * (width // 2), num_labels)

    def forward(self, fused: Tensor, encoded: Encoded) -> Tensor:
        """Logits (B, N) from fused (B, D) and the text's tokens (B, L, D); without words the states are zeros."""
        states = fused.new_zeros(fused.shape[0], 2 * self.lstm.hidden_size)
        # What stands for missing words may be a summary alone, without tokens to read.
        if "text" in encoded and encoded["text"][0].shape[1] > 1:
            tokens, mask = encoded["text"]
            lengths = mask[:, 1:].sum(dim=1)
            packed = pack_padded_sequence(
                tokens[:, 1:], lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False
            )
            _, (last, _) = self.lstm(packed)  # (2, B, D // 2)
            states = torch.where(mask[:, :1], last.transpose(0, 1).flatten(1), states)
        return self.out(self.dropout(torch.cat([fused, states], dim=1)))


FUSION_CLASSES: dict[str, type[Fusion]] = {
    "concat": ConcatFusion,
    "cross_attention": CrossAttentionFusion,
    "gated": GatedFusion,
    "late": LateFusion,
}
HEAD_CLASSES: dict[str, type[nn.Module]] = {"linear": LinearHead, "ffn": FeedForwardHead, "lstm": LstmHead}
