"""The words of the field that the language does not have: layers of torch, Keras, ONNX and Caffe, and of papers.

A word that is not known goes in, in any spelling; what it stands for comes out, and what says the same here where
something does. Such a word is no slip of another: nothing is offered in its place that would be another network. Data,
and how it is looked up; only faults need this module.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

# What Archspec has none of, and the words for it.
LACKING: dict[str, str] = {
    "the activation ELU": "elu, exponential linear unit, exp linear",
    "the activation SELU": "selu, scaled elu",
    "the activation CELU": "celu",
    "the activation GELU": "gelu, gelu new, gelu fast, gelu tanh, gelu approximate, quick gelu, fast gelu, bias gelu",
    "a gated linear unit": "glu, gated linear unit, reglu, geglu, swiglu, simple gate, gated activation",
    "the activation CReLU": "crelu, concatenated relu",
    "ReLU with a learned slope": "prelu, parametric relu, channelwise prelu",
    "leaky ReLU": "leaky, lrelu, leaky relu, rrelu, randomized relu, vlrelu, very leaky relu",
    "a variant of ReLU":
        "frelu, funnel relu, srelu, s shaped relu, brelu, bounded relu, drelu, dynamic relu, dyrelu, nrelu, "
        "noisy relu, trelu, thresholded relu, trec, squared relu, relu squared, relu2, star relu, relu1, relu n, "
        "clipped relu, truncated relu, shifted relu, smelu, smooth relu, shrelu, erelu, elastic relu, mprelu, "
        "aprelu, pdelu, pelu, telu, delu, melu, flexible relu, antirectifier, crrelu, capped relu, sqrrelu, "
        "absolute relu, relu3, rrelu6, qrelu, irelu",
    "the activation SiLU": "silu, swish, silu swish, swish 1, eswish, sigmoid linear unit",
    "a hard version of SiLU": "hardswish, h swish, hs, hardsilu",
    "a hard version of the sigmoid": "hardsigmoid, h sigmoid, hsigm",
    "a hard version of tanh": "hardtanh, h tanh, hard mish",
    "the activation Mish": "mish",
    "a function of the exponential":
        "softplus, softsign, squareplus, exp, exponential, log, logsigmoid, logit, soft exponential, serf, "
        "phish, logish, smish, tanhexp, lisht, gish",
    "another function of an angle or of the exponential":
        "tan, sin, cos, sine, cosine, siren, snake, atan, arctan, atanh, arctanh, asin, arcsin, acos, arccos, "
        "sinh, cosh, asinh, acosh, arcsinh, ltanh, stanh, scaled tanh, lecun tanh, rational tanh, "
        "rectified tanh, penalized tanh, tanhshrink, bent identity",
    "a shrinkage function": "softshrink, hardshrink, shrink, threshold, thresholding",
    "the activation maxout": "maxout, mfm, max feature map, max min, groupsort, lwta",
    "a learned or rational activation":
        "acon, meta acon, aconc, pau, rational, apl, adaptive piecewise, spline, kan, pade, prish, dice, "
        "dynamic tanh, dyt",
    "another function of one value":
        "abs, absval, absolute, sign, signum, square, sqr, sqrt, rsqrt, reciprocal, neg, negative, erf, "
        "gaussian, rbf, inverse, bnll, binary, binarize, heaviside, step, round, ceil function, floor function, "
        "power, pow, log power, isru, isrlu, quadratic, cube, cubic, clip, clamp, cast, quantize, dequantize, "
        "fake quantize",
    "layer normalization": "layer norm, ln, layer norm 2d, layernorm channels first, channel layer norm, cln",
    "group normalization": "group norm, gn",
    "instance normalization":
        "instance norm, in, inorm, contrast norm, adain, adaptive instance norm, spade, lazy instance norm",
    "normalization by the root of the mean square": "rms norm, root mean square norm, simplified layer norm",
    "a normalization of weights":
        "weight norm, wn, weight standardization, ws, spectral norm, sn, std conv, ws conv, scaled std conv, "
        "weight demodulation",
    "a variant of batch normalization":
        "batch renorm, brn, renorm, ghost batch norm, ghost bn, filter response norm, frn, "
        "conditional batch norm, cbn, evonorm, switchable norm, switch norm, batch instance norm, bin, "
        "batch group norm, virtual batch norm, vbn, divisive norm, iter norm, decorrelated batch norm, "
        "inplace abn, abn, cross iteration batch norm",
    "L2 normalization": "l2 norm, normalize, norm l2, lp norm, unit norm, unit normalize, l2, l1 norm, cosine norm",
    "another normalization":
        "norm, global response norm, grn, mvn, mean variance norm, pixel norm, pixelwise norm, "
        "local contrast norm, lcn, position norm, affine, affine channel, frozen norm, whitening, zca, actnorm, "
        "standardize, dyn norm, rescaling, rescale",
    "an Lp or L2 pool":
        "l2 pool, lp pool, p pool, p norm pool, norm pool, power average pool, global lp pool, "
        "root mean square pool, rms pool, gem, gem pool, generalized mean pool, l1 pool, square pool",
    "a pool that is drawn at random or fractional":
        "stochastic pool, stoch pool, s3 pool, fractional max pool, fractional avg pool, fractional pool, "
        "mixed pool, mix pool, gated pool, tree pool, hybrid pool, random pool, fmp",
    "another pool":
        "min pool, minimum pool, global min pool, sum pool, median pool, var pool, variance pool, std pool, "
        "soft pool, attention pool, attn pool, attention pool 2d, spp, sppf, spatial pyramid pool, pyramid pool, "
        "roi pool, roi align, ps roi pool, rank pool, covariance pool, bilinear pool, strip pool, blur pool, "
        "anti alias pool, max blur pool, log sum exp pool, lse pool, overlap pool, aspp, ppm, psp, cov pool, "
        "mpn cov, maxpool with argmax, max pool with indices, adaptive max pool with indices, adaptive pool, "
        "map pool, mpool, dpool, detail preserving pool, center pool, corner pool, netvlad, vlad, fisher",
    "a pool that is undone": "max unpool, unpool, unmax pool, de pool, un avg pool, switch unpool",
    "a reduction of its own":
        "reduce max, reduce min, reduce sum, reduce prod, reduce l2, reduce l1, reduction, topk, k max pool, "
        "argmax",
    "a layer of three dimensions":
        "conv 3d, max pool 3d, avg pool 3d, average pool 3d, batch norm 3d, adaptive avg pool 3d, "
        "adaptive max pool 3d, fractional max pool 3d, conv transpose 3d, conv 3d transpose, dropout 3d, "
        "spatial dropout 3d, instance norm 3d, lp pool 3d, max unpool 3d, global average pool 3d, "
        "global max pool 3d, zero pad 3d, up sampling 3d, cropping 3d, lazy conv 3d, lazy batch norm 3d, "
        "lazy instance norm 3d, lazy conv transpose 3d, c3d, p3d, r2plus1d, pseudo 3d, zero padding 3d, "
        "depthwise conv 3d, separable conv 3d",
    "a layer of one dimension that is no convolution or pool":
        "instance norm 1d, lazy instance norm 1d, lp pool 1d, max unpool 1d, conv transpose 1d, "
        "conv 1d transpose, lazy conv transpose 1d, causal conv 1d, up sampling 1d, cropping 1d, "
        "zero padding 1d, spatial dropout 1d, dropout 1d, conv tbc",
    "a transposed convolution":
        "conv transpose, transposed conv, transpose conv, deconv, up conv, fractionally strided conv, "
        "fractional conv, backward conv, tconv, trans conv, convt, lazy conv transpose, full conv, unconv, "
        "inverse conv, conv transposed, dconvt",
    "a subpixel convolution":
        "subpixel, subpixel conv, espcn, icnr, pixel shuffle, ps, pixel unshuffle, depth to space, "
        "space to depth, reorg, passthrough, focus, patch merging, periodic shuffle",
    "a deformable convolution": "deformable conv, deform conv, dcn, dcnv2, deconf, modulated deform conv, deformable",
    "a locally connected layer":
        "locally connected, local, local conv, locally connected 1d, unshared conv, local layer, tiled conv",
    "another convolution":
        "octave conv, oct conv, cond conv, dynamic conv, dy conv, mix conv, mdconv, partial conv, pconv, "
        "gated conv, coord conv, add coords, involution, ghost conv, ghost, ghost module, sub conv, "
        "submanifold conv, sparse conv, spconv, sconv, steerable conv, group equivariant conv, gconv, "
        "graph conv, gcn, gat, binary conv, bconv, blueprint conv, bsconv, carafe, dsc, switchable atrous conv, "
        "selective kernel conv, skconv, split attention conv, conv lstm, conv lstm 2d, conv gru, shift conv, "
        "pyconv, pyramid conv, adder, adder conv, repconv, large kernel conv, cbam conv, econv, xconv, "
        "edge conv, kpconv, acconv, asymmetric conv, scconv, self calibrated conv, quaternion conv, wconv, "
        "dilconv, conv int, conv integer, fold, unfold, im2col, col2im, lambda, lambda conv, hyper conv, cdc, "
        "hdc, masked conv, blur, binomial, fft, dct",
    "a join by multiplication":
        "mul, multiply, multiplication, product, prod, eltwise mul, eltwise prod, eltwise product, "
        "elementwise mul, elementwise multiply, hadamard, gate, gating, times, dot, matmul, bmm, outer, "
        "outer product, bilinear, einsum, scale by, broadcast mul, scale layer, div, divide, mod, batch mat mul",
    "a join by maximum, average or difference":
        "maximum, minimum, average, eltwise max, eltwise avg, element wise max, mean, min, sub, subtract, "
        "difference, minus, weighted sum, weighted add, fuse, fusion, bifpn, logical and, logical or, and, or, "
        "xor, not, where, comparison, lerp",
    "a join by attention":
        "attention, self attention, multi head attention, mha, mhsa, msa, sdpa, additive attention, "
        "cross attention, scaled dot product attention, attention layer, attn, window attention, swin block, "
        "axial attention, non local, non local block, nl block, group query attention, performer",
    "splitting or slicing of channels":
        "split, chunk, slice, channel split, channel slice, crop, cropping, center crop, gather, select, unbind, "
        "tensor split, crop and resize, narrow, index select, get item, take, strided slice, unstack, scatter, "
        "tee",
    "channel shuffle":
        "channel shuffle, shuffle, shuffle channels, shuffle channel, random shuffle, interleave, "
        "permute channels",
    "channel shift": "shift, spatial shift, temporal shift, tsm, roll, cyclic shift",
    "upsampling":
        "upsample, upsampling, up, upscale, resize, interpolate, interpolation, interp, nearest, bicubic, "
        "bilinear upsampling, nearest upsampling, upsampling bilinear, upsampling nearest, upsample bilinear, "
        "upsample nearest, resize bilinear, resize nearest, resize nearest neighbor, grid sample, affine grid, "
        "stn, spatial transformer, unsample, zoom, enlarge, adaptive upsample, resizing, bilinear interpolation, "
        "downsample, downsampling, image resize, resize images, pixel adaptive, decimate",
    "changing the shape of a map":
        "reshape, view, permute, transpose, squeeze, unsqueeze, expand, expand dims, tile, repeat vector, "
        "rearrange, unflatten, stack, pack, reverse, flip, swapaxes, as strided, shape, constant, cls token, "
        "class token, position embedding, positional encoding, patch embed, patch embedding, patchify, tokens, "
        "batch to space, space to batch, silence, movedim, broadcast, ravel",
    "squeeze-and-excitation":
        "squeeze and excitation, squeeze and excite, squeeze excitation, squeeze excite, se, se block, se layer, "
        "se module, "
        "senet block, scse, cse, sse, eca, eca block, cbam, bam, ge, gather excite, gc block, global context, "
        "channel attention, spatial attention, coordinate attention, coord attention, ca, simam, "
        "triplet attention, squeeze excite block, effective se, ese, concurrent se, style recalibration, srm, "
        "lct, fca",
    "a recurrent layer, or one of tokens":
        "rnn, rnn base, rnn cell, rnn cell base, lstm, lstm cell, gru, gru cell, simple rnn, bidirectional, "
        "bilstm, time distributed, embedding, embedding bag, transformer, transformer encoder, "
        "transformer decoder, transformer encoder layer, transformer decoder layer, mlp mixer, mamba, ssm, "
        "capsule, caps, primary caps, hopfield, crf, masking, text vectorization, encoder, decoder, vit, "
        "vit block, convnext block, inverted transformer, feed forward, ffn, mlp, bi gru, rwkv",
    "a layer that learns a scale":
        "layer scale, gamma, scale, learned scale, rezero, skip init, fixup, bias, bias add, affine layer, "
        "scale shift, film, multiplier layer, axpy, learned",
    "stochastic depth": "stochastic depth, drop path, drop connect, shake shake, shake drop, sdepth",
    "a variant of dropout":
        "spatial dropout, dropout 2d, alpha dropout, feature alpha dropout, gaussian dropout, gaussian noise, "
        "dropblock, cutout, channel dropout, drop channel, feature dropout, variational dropout, "
        "monte carlo dropout, mc dropout, noise, weighted channel dropout, dropfilter, maxdropout, cutmix, "
        "mixup, random erasing, zoneout, activity regularization, concrete dropout, curriculum dropout, "
        "drop layer, layer drop, disout, targeted dropout",
    "a loss":
        "loss, softmax loss, softmax with loss, cross entropy, cross entropy loss, bce loss, mse loss, "
        "euclidean loss, hinge loss, contrastive loss, nll loss, center loss, arcface, cosface, "
        "adaptive log softmax with loss, accuracy, sigmoid cross entropy loss, infogain loss, "
        "multinomial logistic loss, smooth l1 loss, l1 loss, triplet loss, ctc loss, kl div loss, kl div, "
        "focal loss, cosine similarity, pairwise distance, linear cross entropy loss, huber loss, "
        "bce with logits loss, cosine embedding loss, gaussian nll loss, hinge embedding loss, "
        "margin ranking loss, multi label margin loss, multi label soft margin loss, multi margin loss, "
        "poisson nll loss, soft margin loss, triplet margin loss, triplet margin with distance loss, "
        "binary cross entropy, binary cross entropy with logits, linear cross entropy",
    "another softmax":
        "log softmax, softmin, gumbel softmax, sparsemax, entmax, hierarchical softmax, sampled softmax, "
        "hardmax, softargmax, softmax 2d, am softmax, mixture of softmaxes, local softmax, channel softmax, "
        "spatial softmax",
    "part of a detector":
        "yolo, region, detection, prior box, anchor, proposal, rpn, nms, non max suppression, detection output, "
        "fpn, ssd head, box head, mask head",
    "a padding by other values, or by a layer of its own":
        "reflect, reflection, reflection pad, reflection padding, replicate, replication pad, "
        "replication padding, circular, circular pad, symmetric, mirror, edge, border, wrap, zero pad, "
        "zero padding, constant pad, constant padding, pad, padding, pad layer, reflect pad, reflection pad 1d, "
        "reflection pad 3d, replication pad 1d, replication pad 3d, circular pad 1d, circular pad 3d, "
        "zero pad 1d, constant pad 1d, constant pad 3d, partial padding, mirror pad",
    "padding of one side alone by a word": "causal, same lower, half, explicit, notset, zeros, odd, even, auto pad",
    "rounding of another kind": "trunc, truncate, half even, half up, half down, banker, nearest even, up rounding",
    "an initialisation like this":
        "orthogonal, lecun normal, lecun uniform, lecun, variance scaling, uniform, zero init, dirac, "
        "identity init, eye, lsuv, msra uniform, truncated uniform, random uniform, sparse init, constant init, "
        "delta orthogonal, bilinear init, ones, random normal, pretrained, unit",
    "an order like this":
        "act conv norm, act norm conv, norm conv act, preact, preactivation, postact, full preactivation, "
        "relu conv bn, act conv, bn after add",
}  # fmt: skip

# What says the same here, and the words of others for it; by a word that may stand where they would.
CALLED: dict[str, dict[str, str]] = {
    "conv": {
        "write `conv`":
            "lazy conv, conv layer, cnn, spatial convolution, qlinear conv, conv bn relu, conv block, cbr, conv "
            "module",
        'write `conv` with a patch such as "1x9", for a map of height 1': "conv 1d, lazy conv 1d, temporal convolution",
        'write `conv` with `patch = "1x1"`':
            "pointwise, pointwise conv, pw conv, pw, nin conv, 1x1 conv, network in network, mlpconv, cccp, conv "
            "1x1, projection, bottleneck conv",
        "write `conv` with `dilation`":
            "dilated, dilated conv, atrous, atrous conv, astrous conv, dilate conv, diconv, aconv",
        "write `conv` with `groups`":
            "grouped, grouped conv, group conv, groupwise conv, aggregated transform, cardinal conv",
        "write `depthwise-conv`": "depthwise, dw, dwconv, conv dw, depthwise conv 1d, channelwise conv, conv depthwise",
        "write `separable-conv`":
            "separable, sepconv, depthwise separable, depthwise separable conv, ds conv, sep, xception conv, "
            "separable conv 1d, depth separable conv, depthsepconv",
        'write `max-pool` with the patch "global"':
            "global max pool, global max, gmp, adaptive max pool, global max pool 1d, adaptive max pool 1d, amax",
        'write `avg-pool` with the patch "global"':
            "global average pool, global avg pool, global avg, gap, global pool, adaptive avg pool, adaptive "
            "average pool, reduce mean, global average, global average pool 1d, gavgpool, adaptive avg pool 1d, "
            "spatial mean, global mean pool, fast global avg pool, aap",
        'write `max-pool` with a patch such as "1x2", for a map of height 1': "max pool 1d",
        'write `avg-pool` with a patch such as "1x2", for a map of height 1': "avg pool 1d, average pool 1d",
        "write `max-pool`": "max pooled, maxp, mp, subsampling max, max subsample, spatial max pool, maximum pool",
        "write `avg-pool`": "mean pool, ap, avgp, spatial average pool, spatial avg pool",
        "write `max-pool` or `avg-pool`": "pool, subsample, subsampling, subsamp, pool layer, spatial pool",
        "write `linear`":
            "dense, inner product, ip, gemm, full, fully connected layer, lazy linear, fcl, full connection, "
            "affine linear, perceptron, matmul bias, classifier, logits, output layer, fclayer, dense layer, "
            "addmm, linear layer, q linear, qgemm, full connect",
        "write `lrn`":
            "cross map lrn, response norm, spatial cross map lrn, cross channel lrn, cmrnorm, across channels "
            "norm, brightness norm, krizhevsky norm",
        "write `dropout`": "drop, do, dropout layer",
        "write `softmax`": "prob, softmax layer, softmax activation, normalized exponential",
        "write `identity`":
            "noop, nop, linear activation, pass, passthru, skip layer, lambda identity, bypass, nothing, stub, "
            "placeholder",
        'write a block with `branches` and `join = "concat"`':
            "concat, concatenate, cat, depth concat, filter concat, concatenation, concat layer, filter "
            "concatenation, channel concat, merge, join, concat 2, route, mixed concat, torch cat, concatv2",
        'write a block with `branches` and `join = "add"`, or with `shortcut = "identity"`':
            "add, addition, sum, plus, eltwise, eltwise sum, eltwise add, elementwise add, elementwise sum, "
            "residual, residual add, skip, skip connection, shortcut layer, skip add, addv2, add n, short cut, "
            "plus equal, iadd, element wise addition",
        "leave it out: `linear` takes a map as one list of numbers":
            "flatten, flat, flatten layer, flattening, to vector, vectorize, view flatten, batch flatten",
        "take it out: norms and activations are keys of the layer before, `norm` and `act`":
            "activation, act, nonlinearity, activation layer, norm act, bn relu, batch norm act, bnact, "
            "normalization layer, conv norm",
    },
    "none": {
        'write "none"': "null, nil, no, off, false, no activation, no norm, without, nothing at all, no act",
    },
    "conv-norm-act": {
        'write "conv-norm-act"': "conv bn act, conv bn, post norm, conv batch norm relu, conv norm relu",
        'write "norm-act-conv"': "bn relu conv, pre norm, norm relu conv, bn act conv, brc",
        'write "conv-act-norm"': "conv relu bn, conv relu norm, conv act bn",
    },
    "ceil": {
        'write "ceil"': "round up, rounding up, ceiling, ceil mode",
        'write "floor"': "round down, rounding down, int division",
    },
    "batch-norm": {
        "write `batch-norm`":
            "bn, lazy batch norm, spatial batch norm, sync batch norm, sync bn, batch norm 1d, lazy batch norm "
            "1d, fused batch norm, frozen batch norm, frozen bn, spatial bn, cudnn batch norm, nonaffine batch "
            "norm, bnorm",
    },
    "relu": {
        "write `relu`":
            "rectifier, rectified linear, rectified linear unit, relu inplace, rectify, ramp, positive part, "
            "halfwave",
    },
    "relu6": {
        "write `relu6`": "relu clipped at 6, clipped relu 6",
    },
    "sigmoid": {
        "write `sigmoid`": "logistic, sigm, logistic sigmoid, expit, std sigmoid",
    },
    "tanh": {
        "write `tanh`": "tangent hyperbolic, hyperbolic tangent",
    },
    "same": {
        "write 0: that is the same": "valid, no pad, no padding, none pad",
        'write "tf-same", or "same" where the stride is 1: they are the same there':
            "same upper, same pad, same padding, zero same",
    },
    "he-normal": {
        'write "xavier-normal" or "xavier-uniform"': "xavier, glorot, glorot normal, glorot uniform, xavier init",
        'write "he-normal" or "he-uniform"': "he, msra, kaiming, kaiming normal, kaiming uniform, he init, msra fill",
        'write "normal 0.01", with the standard deviation': "gaussian init, normal init, gauss, randn",
        'write "truncated-normal 0.01", with the standard deviation': "trunc normal, truncnorm",
        'write "torch"': "default, pytorch, framework default, library default",
    },
}  # fmt: skip

WHERE = "section 6 of docs/spec-format.md lists what there is"


class Term(NamedTuple):
    """A word of the field: what it stands for, empty where the language has that too; the help for who wrote it; and
    the word that may stand where the help is right, empty where it is right everywhere."""

    stands_for: str
    help: str
    beside: str = ""


def term(word: object) -> Term | None:
    """What a word of the field is: `nn.LeakyReLU(0.1)`, `leaky_relu` and `Leaky ReLU` alike. None for any other."""
    if not isinstance(word, str) or len(word) > _LONGEST:
        return None
    known = _terms()
    return next((known[letters] for letters in _spellings(word) if letters in known), None)


def is_term(word: object) -> bool:
    return term(word) is not None


_LONGEST = 64  # characters; no word of the field is longer
_ENDINGS = ("layer", "layers", "activation", "function", "op")
_SHORT = {
    "pooling": "pool",
    "convolutional": "conv",
    "convolution": "conv",
    "normalisation": "norm",
    "normalization": "norm",
    "normalized": "normalize",
}


def _spellings(word: str) -> list[str]:
    """The letters of a word, with and without `2d`, and what stands before, behind and around it."""
    bare = re.sub(r"\s*\(.*|[\s:=-]+[0-9.-]+%?$", "", word.strip()).rpartition(".")[2]
    found = [letters(word), letters(bare)]
    found += [one.replace("2d", "") for one in found]
    found += [one.removesuffix(ending) for one in found for ending in _ENDINGS if one.endswith(ending)]
    return [one for one in dict.fromkeys(found) if one]


def letters(word: str) -> str:
    """A word without case, blanks and signs, and with one ending for those that tools write differently."""
    text = re.sub(r"[^a-z0-9]+", "", word.lower())
    for long, short in _SHORT.items():
        text = text.replace(long, short)
    return text


@cache
def _terms() -> dict[str, Term]:
    known: dict[str, Term] = {}
    for what, words in LACKING.items():
        known |= {letters(word): Term(what, WHERE) for word in words.split(", ")}
    for beside, called in CALLED.items():
        for how, words in called.items():
            known |= {letters(word): Term("", how, beside) for word in words.split(", ")}
    return known
