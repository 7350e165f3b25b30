class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def linear(self: __torch__.Kernels, x: Tensor, weight: Tensor) -> Tensor:
    return torch.linear(x, weight)
  def linear_bias(self: __torch__.Kernels, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.linear(x, weight, bias)
  def embedding(self: __torch__.Kernels, ids: Tensor, table: Tensor) -> Tensor:
    return torch.embedding(table, ids)
  def linear_transposed(self: __torch__.Kernels, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.linear(x, torch.t(weight), bias)
  def rms_norm(self: __torch__.Kernels, x: Tensor, weight: Tensor, eps: float, shift: float) -> Tensor:
    wide = torch.to(x, 6)
    scale = torch.rsqrt(torch.add(torch.mean(torch.mul(wide, wide), [-1], True), eps))
    if torch.eq(shift, 0.):
      gain = weight
    else:
      gain = torch.add(torch.to(weight, 6), shift)
    return torch.to(torch.mul(gain, torch.mul(wide, scale)), x)
  def layer_norm(self: __torch__.Kernels, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    return torch.layer_norm(x, [torch.size(x, -1)], weight, bias, eps)
  def rope(self: __torch__.Kernels, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    width = torch.size(cos, -1)
    rest = torch.sub(torch.size(x, -1), width)
    if torch.eq(rest, 0):
      turned = x
    else:
      turned = torch.narrow(x, -1, 0, width)
    half = torch.chunk(turned, 2, -1)
    swapped = torch.cat([torch.neg(half[1]), half[0]], -1)
    rotated = torch.add(torch.mul(turned, cos), torch.mul(swapped, sin))
    if torch.eq(rest, 0):
      result = rotated
    else:
      result = torch.cat([rotated, torch.to(torch.narrow(x, -1, width, rest), rotated)], -1)
    return torch.to(result, x)
  def split(self: __torch__.Kernels, x: Tensor, proportions: List[int]) -> List[Tensor]:
    total = 0
    for i in range(torch.len(proportions)):
      total = torch.add(total, proportions[i])
    unit = torch.floordiv(torch.size(x, -1), total)
    parts = annotate(List[Tensor], [])
    start = 0
    for j in range(torch.len(proportions)):
      length = torch.mul(unit, proportions[j])
      _0 = torch.append(parts, torch.narrow(x, -1, start, length))
      start = torch.add(start, length)
    return parts
  def join(self: __torch__.Kernels, a: Tensor, b: Tensor) -> Tensor:
    return torch.cat([a, b], -1)
  def heads(self: __torch__.Kernels, x: Tensor, width: int) -> Tensor:
    return torch.transpose(torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), -1, width]), 1, 2)
  def merge(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.reshape(torch.transpose(x, 1, 2), [torch.size(x, 0), torch.size(x, 2), -1])
  def attention(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
    group = torch.floordiv(torch.size(q, 1), torch.size(k, 1))
    keys = torch.repeat_interleave(k, group, 1)
    values = torch.repeat_interleave(v, group, 1)
    return torch.scaled_dot_product_attention(q, keys, values, None, 0., True, scale=scale)
  def attention_masked(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor, scale: float, mask: Tensor) -> Tensor:
    group = torch.floordiv(torch.size(q, 1), torch.size(k, 1))
    keys = torch.repeat_interleave(k, group, 1)
    values = torch.repeat_interleave(v, group, 1)
    return torch.scaled_dot_product_attention(q, keys, values, torch.to(mask, q), 0., False, scale=scale)
  def attention_capped(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor, scale: float, mask: Tensor, cap: float) -> Tensor:
    group = torch.floordiv(torch.size(q, 1), torch.size(k, 1))
    keys = torch.repeat_interleave(k, group, 1)
    values = torch.repeat_interleave(v, group, 1)
    scores = torch.mul(torch.matmul(q, torch.transpose(keys, 2, 3)), scale)
    capped = torch.mul(torch.tanh(torch.div(scores, cap)), cap)
    return torch.matmul(torch.softmax(torch.add(capped, torch.to(mask, q)), -1), values)
  def attention_sinks(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor, scale: float, mask: Tensor, sinks: Tensor) -> Tensor:
    group = torch.floordiv(torch.size(q, 1), torch.size(k, 1))
    keys = torch.repeat_interleave(k, group, 1)
    values = torch.repeat_interleave(v, group, 1)
    scores = torch.add(torch.mul(torch.matmul(q, torch.transpose(keys, 2, 3)), scale), torch.to(mask, q))
    sink = torch.expand(torch.reshape(torch.to(sinks, q), [1, -1, 1, 1]), [torch.size(q, 0), -1, torch.size(q, 2), 1])
    shares = torch.softmax(torch.cat([scores, sink], -1), -1)
    return torch.matmul(torch.narrow(shares, -1, 0, torch.size(keys, 2)), values)
  def alibi(self: __torch__.Kernels, slopes: Tensor, distances: Tensor) -> Tensor:
    return torch.mul(torch.reshape(slopes, [1, -1, 1, 1]), distances)
  def log_probabilities(self: __torch__.Kernels, logits: Tensor, places: Tensor, targets: Tensor) -> Tensor:
    rows = torch.index_select(torch.reshape(logits, [-1, torch.size(logits, -1)]), 0, places)
    logarithms = torch.log_softmax(torch.to(rows, 6), -1)
    return torch.squeeze(torch.gather(logarithms, 1, torch.unsqueeze(targets, 1)), 1)
  def mat_mul(self: __torch__.Kernels, a: Tensor, b: Tensor) -> Tensor:
    return torch.matmul(a, b)
  def transposed(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.t(x)
  def silu(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.silu(x)
  def gelu(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.gelu(x, approximate="none")
  def gelu_tanh(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.gelu(x, approximate="tanh")
  def gelu_sigmoid(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.mul(x, torch.sigmoid(torch.mul(x, 1.702)))
  def clamp(self: __torch__.Kernels, x: Tensor, low: float, high: float) -> Tensor:
    return torch.clamp(x, low, high)
  def alternating(self: __torch__.Kernels, x: Tensor) -> List[Tensor]:
    return [torch.slice(x, -1, 0, None, 2), torch.slice(x, -1, 1, None, 2)]
  def route(self: __torch__.Kernels, logits: Tensor, chosen: int, normalised: bool) -> List[Tensor]:
    flat = torch.to(torch.reshape(logits, [-1, torch.size(logits, -1)]), 6)
    top, experts, = torch.topk(torch.softmax(flat, -1), chosen, -1, True, True)
    if normalised:
      weights = torch.div(top, torch.sum(top, [-1], True))
    else:
      weights = top
    slots = torch.reshape(experts, [-1])
    order = torch.argsort(slots, stable=True, dim=0, descending=False)
    counts = torch.bincount(slots, None, torch.size(logits, -1))
    return [torch.to(weights, logits), order, torch.to(counts, 7)]
  def dispatch(self: __torch__.Kernels, x: Tensor, order: Tensor, chosen: int) -> Tensor:
    rows = torch.reshape(x, [-1, 1, torch.size(x, -1)])
    slots = torch.reshape(torch.expand(rows, [-1, chosen, -1]), [-1, torch.size(x, -1)])
    return torch.index_select(slots, 0, order)
  def combine(self: __torch__.Kernels, x: Tensor, weights: Tensor, order: Tensor, outputs: List[Tensor]) -> Tensor:
    slots = torch.index_select(torch.cat(outputs, 0), 0, torch.argsort(order))
    each = torch.reshape(slots, [torch.size(weights, 0), torch.size(weights, 1), torch.size(slots, -1)])
    sum = torch.sum(torch.mul(each, torch.unsqueeze(weights, -1)), [1])
    return torch.reshape(sum, [torch.size(x, 0), torch.size(x, 1), torch.size(slots, -1)])
  def weighted_norms(self: __torch__.Kernels, weights: Tensor, order: Tensor, outputs: List[Tensor]) -> Tensor:
    wide = torch.to(torch.cat(outputs, 0), 7)
    norms = torch.sqrt(torch.sum(torch.mul(wide, wide), [-1]))
    return torch.mul(norms, torch.to(torch.index_select(torch.reshape(weights, [-1]), 0, order), 7))
  def close_expert(self: __torch__.Kernels, logits: Tensor, expert: Tensor) -> Tensor:
    return torch.index_fill(logits, -1, expert, -inf)
  def unstack(self: __torch__.Kernels, x: Tensor) -> List[Tensor]:
    return torch.unbind(x, 0)
  def stacked(self: __torch__.Kernels, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.addmm(bias, x, weight)
  def twice(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.cat([x, x], 0)
  def relu(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.relu(x)
  def softcap(self: __torch__.Kernels, x: Tensor, cap: float) -> Tensor:
    return torch.mul(torch.tanh(torch.div(x, cap)), cap)
  def add(self: __torch__.Kernels, a: Tensor, b: Tensor) -> Tensor:
    return torch.add(a, b)
  def mul(self: __torch__.Kernels, a: Tensor, b: Tensor) -> Tensor:
    return torch.mul(a, b)
  def cast_like(self: __torch__.Kernels, x: Tensor, like: Tensor) -> Tensor:
    return torch.to(x, like)
  def bfloat16(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.to(x, 15)
  def float32(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.to(x, 6)
  def float16(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.to(x, 5)
  def copy_float32(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.to(torch.detach(x), 6, False, True)
  def copy_bfloat16(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.to(torch.detach(x), 15, False, True)
  def duplicate(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.clone(torch.detach(x))
  def to_device(self: __torch__.Kernels, x: Tensor, device: str, pinned: bool) -> Tensor:
    if pinned:
      moved = torch.to(torch.pin_memory(x), torch.device(device), None, True, True)
    else:
      moved = torch.to(x, torch.device(device), None, False, True)
    return moved
  def to_host(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.to(torch.detach(x), torch.device("cpu"), None, False, True)
  def mapped(self: __torch__.Kernels, file: str, count: int, type: int) -> Tensor:
    return torch.from_file(file, False, count, dtype=type)
  def shaped(self: __torch__.Kernels, x: Tensor, shape: List[int]) -> Tensor:
    return torch.view(x, shape)
  def allocate(self: __torch__.Kernels, count: int, type: int) -> Tensor:
    return torch.zeros([count], dtype=type)
  def bfloat16_of_bits(self: __torch__.Kernels, bits: Tensor, table: Tensor, count: int) -> Tensor:
    low = torch.__and__(bits, 65535)
    high = torch.__and__(torch.__rshift__(bits, 16), 65535)
    both = torch.reshape(torch.stack([low, high], 1), [-1])
    return torch.narrow(torch.to(torch.index_select(table, 0, both), 15), 0, 0, count)
  def scale(self: __torch__.Kernels, x: Tensor, factor: float) -> Tensor:
    return torch.mul(x, factor)
  def cross_entropy_sum(self: __torch__.Kernels, logits: Tensor, targets: Tensor) -> Tensor:
    flat = torch.reshape(logits, [-1, torch.size(logits, -1)])
    return torch.cross_entropy_loss(torch.to(flat, 6), torch.reshape(targets, [-1]), None, 2, -100)
  def kept(self: __torch__.Kernels, x: Tensor, least: int, seed: int) -> Tensor:
    elements = torch.numel(x)
    half = torch.floordiv(torch.add(elements, 1), 2)
    if ops.prim.is_cuda(x):
      most = half
    else:
      most = 65536
    kept = torch.empty([torch.mul(half, 2)], dtype=11, device=x.device)
    first = torch.narrow(kept, 0, 0, half)
    second = torch.narrow(kept, 0, half, half)
    some = ops.prim.min(most, half)
    shifted = torch.empty([some], dtype=4, device=x.device)
    for i in range(torch.floordiv(torch.sub(torch.add(half, some), 1), ops.prim.max(some, 1))):
      start = torch.mul(i, some)
      count = ops.prim.min(some, torch.sub(half, start))
      upper = torch.narrow(shifted, 0, 0, count)
      bits = torch.arange(start, torch.add(start, count), 1, dtype=4, device=x.device)
      _0 = torch.mul_(torch.add_(bits, seed), -7046029254386353131)
      _2 = torch.bitwise_right_shift(bits, 30, out=upper)
      _3 = torch.bitwise_xor_(bits, torch.bitwise_and_(upper, 17179869183))
      _4 = torch.bitwise_right_shift(torch.mul_(bits, -4658895280553007687), 27, out=upper)
      _5 = torch.bitwise_xor_(bits, torch.bitwise_and_(upper, 137438953471))
      _6 = torch.bitwise_right_shift(torch.mul_(bits, -7723592293110705685), 31, out=upper)
      _7 = torch.bitwise_xor_(bits, torch.bitwise_and_(upper, 8589934591))
      _8 = torch.ge(bits, least, out=torch.narrow(first, 0, start, count))
      _9 = torch.bitwise_left_shift(bits, 32, out=upper)
      _10 = torch.ge(upper, least, out=torch.narrow(second, 0, start, count))
    return torch.reshape(torch.narrow(kept, 0, 0, elements), torch.size(x))
  def keep(self: __torch__.Kernels, x: Tensor, kept: Tensor) -> Tensor:
    return torch.where(kept, x, 0.)
  def add_low_rank(self: __torch__.Kernels, straight: Tensor, x: Tensor, a: Tensor, b: Tensor, scale: float) -> Tensor:
    down = torch.mul(torch.linear(torch.to(x, a), a), scale)
    if torch.eq(ops.prim.dtype(straight), ops.prim.dtype(b)):
      rows = torch.reshape(straight, [-1, torch.size(straight, -1)])
      narrow = torch.reshape(down, [-1, torch.size(down, -1)])
      sum = torch.reshape(torch.addmm_(rows, narrow, torch.t(b)), torch.size(straight))
    else:
      sum = torch.add(straight, torch.to(torch.linear(down, b), straight))
    return sum
  def grad(self: __torch__.Kernels, output: Tensor, seed: Tensor, inputs: List[Tensor]) -> List[Tensor]:
    gradients = torch.grad([output], inputs, annotate(List[Optional[Tensor]], [seed]), None, False, True)
    found = annotate(List[Tensor], [])
    for i in range(torch.len(gradients)):
      gradient = gradients[i]
      if torch.__is__(gradient, None):
        _0 = torch.append(found, torch.empty([0], device=output.device))
      else:
        _1 = torch.append(found, unchecked_cast(Tensor, gradient))
    return found
  def leaf(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.requires_grad_(torch.detach(x), True)
  def detach(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.detach(x)
  def select(self: __torch__.Kernels, x: Tensor, dim: int, indices: Tensor) -> Tensor:
    return torch.index_select(x, dim, indices)
  def slice_of(self: __torch__.Kernels, x: Tensor, dim: int, start: int, length: int) -> Tensor:
    return torch.narrow(x, dim, start, length)
  def append_tokens(self: __torch__.Kernels, some: Tensor, more: Tensor) -> Tensor:
    return torch.cat([some, more], 2)
  def zeros(self: __torch__.Kernels, shape: List[int], device: str) -> Tensor:
    return torch.zeros(shape, dtype=6, device=torch.device(device))
  def ones(self: __torch__.Kernels, shape: List[int], device: str) -> Tensor:
    return torch.ones(shape, dtype=6, device=torch.device(device))
  def flat(self: __torch__.Kernels, x: Tensor, start: int, length: int) -> Tensor:
    return torch.contiguous(torch.narrow(torch.reshape(x, [-1]), 0, start, length))
  def write(self: __torch__.Kernels, target: Tensor, start: int, values: Tensor) -> Tensor:
    return torch.copy_(torch.narrow(torch.view(target, [-1]), 0, start, torch.numel(values)), torch.reshape(values, [-1]))
  def accumulate(self: __torch__.Kernels, total: Tensor, x: Tensor, factor: float) -> Tensor:
    return torch.add_(total, x, alpha=factor)
  def accumulate_square(self: __torch__.Kernels, total: Tensor, x: Tensor, factor: float) -> Tensor:
    return torch.addcmul_(total, x, x, value=factor)
  def is_finite(self: __torch__.Kernels, x: Tensor) -> Tensor:
    bounds = torch.stack([torch.min(x), torch.max(x)], 0)
    return torch.to(torch.all(torch.isfinite(bounds)), 4)
  def square_norm(self: __torch__.Kernels, x: Tensor) -> Tensor:
    wide = torch.to(x, 7)
    return torch.sum(torch.mul(wide, wide))
  def adamw(self: __torch__.Kernels, parameter: Tensor, gradient: Tensor, mean: Tensor, variance: Tensor, rate: float, beta1: float, beta2: float, eps: float, decay: float, correction1: float, correction2: float, clip: float) -> Tensor:
    _0 = torch.mul_(parameter, torch.sub(1., torch.mul(rate, decay)))
    _1 = torch.add_(torch.mul_(mean, beta1), gradient, alpha=torch.mul(clip, torch.sub(1., beta1)))
    _2 = torch.addcmul_(torch.mul_(variance, beta2), gradient, gradient, value=torch.mul(torch.mul(clip, clip), torch.sub(1., beta2)))
    denominator = torch.add(torch.div(torch.sqrt(variance), correction2), eps)
    return torch.addcdiv_(parameter, mean, denominator, value=torch.neg(torch.div(rate, correction1)))
  def matrix_sums(self: __torch__.Kernels, x: Tensor, dim: int) -> Tensor:
    if torch.eq(torch.dim(x), 1):
      sums = torch.to(x, 7)
    else:
      columns = torch.zeros([torch.size(x, 1)], dtype=7, device=x.device)
      rows = annotate(List[Tensor], [])
      step = torch.add(torch.floordiv(1048576, torch.size(x, 1)), 1)
      count = torch.floordiv(torch.sub(torch.add(torch.size(x, 0), step), 1), step)
      for i in range(count):
        start = torch.mul(i, step)
        wide = torch.to(torch.slice(x, 0, start, torch.add(start, step)), 7)
        if torch.eq(dim, 0):
          _0 = torch.append(rows, torch.sum(wide, [1]))
        else:
          _1 = torch.add_(columns, torch.sum(wide, [0]))
      if torch.eq(dim, 0):
        sums = torch.cat(rows, 0)
      else:
        sums = columns
    return sums
  def entry_sums(self: __torch__.Kernels, x: Tensor, dim: int) -> Tensor:
    if torch.eq(torch.dim(x), 3):
      if torch.eq(dim, 2):
        sums = (self).matrix_sums(torch.reshape(x, [-1, torch.size(x, 2)]), 1)
      else:
        rows = torch.transpose(x, 0, dim)
        sums = (self).matrix_sums(torch.reshape(rows, [torch.size(rows, 0), -1]), 0)
    else:
      sums = (self).matrix_sums(x, dim)
    return sums
  def unit_sums(self: __torch__.Kernels, x: Tensor, dim: int, offset: int, outer: int, units: int, inner: int) -> Tensor:
    run = torch.narrow((self).entry_sums(x, dim), 0, offset, torch.mul(torch.mul(outer, units), inner))
    return torch.sum(torch.reshape(run, [outer, units, inner]), [0, 2])
  def unit_channel_sums(self: __torch__.Kernels, x: Tensor, dim: int, offset: int, outer: int, units: int, inner: int) -> Tensor:
    run = torch.narrow((self).entry_sums(x, dim), 0, offset, torch.mul(torch.mul(outer, units), inner))
    return torch.reshape(torch.transpose(torch.reshape(run, [outer, units, inner]), 0, 1), [-1])
  def multiply(self: __torch__.Kernels, target: Tensor, x: Tensor) -> Tensor:
    return torch.mul_(target, x)
  def absolute(self: __torch__.Kernels, target: Tensor) -> Tensor:
    return torch.abs_(target)
  def zero_slices(self: __torch__.Kernels, target: Tensor, dim: int, indices: Tensor) -> Tensor:
    return torch.index_fill_(target, dim, indices, 0.)
  def channel_moments(self: __torch__.Kernels, x: Tensor) -> Tensor:
    wide = torch.to(torch.reshape(x, [-1, torch.size(x, -1)]), 7)
    return torch.cat([torch.sum(wide, [0]), torch.sum(torch.mul(wide, wide), [0])], 0)
  def weighted(self: __torch__.Kernels, weight: Tensor, factors: Tensor, dim: int, squared: bool) -> Tensor:
    if squared:
      magnitude = torch.mul(weight, weight)
    else:
      magnitude = torch.abs(weight)
    if torch.eq(dim, 0):
      column = torch.unsqueeze(factors, -1)
    else:
      column = factors
    return torch.mul(magnitude, column)
  def mean_cosine(self: __torch__.Kernels, a: Tensor, b: Tensor) -> Tensor:
    x = torch.to(a, 7)
    y = torch.to(b, 7)
    norms = torch.mul(torch.sum(torch.mul(x, x), [-1]), torch.sum(torch.mul(y, y), [-1]))
    return torch.mean(torch.div(torch.sum(torch.mul(x, y), [-1]), torch.sqrt(norms)))
  def abs(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.abs(x)
  def float64(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.to(x, 7)
  def zeros_float64(self: __torch__.Kernels, shape: List[int], device: str) -> Tensor:
    return torch.zeros(shape, dtype=7, device=torch.device(device))
  def add_product(self: __torch__.Kernels, total: Tensor, a: Tensor, b: Tensor) -> Tensor:
    left = torch.to(torch.reshape(a, [-1, torch.size(a, -1)]), 7)
    right = torch.to(torch.reshape(b, [-1, torch.size(b, -1)]), 7)
    return torch.addmm_(total, torch.t(left), right)
  def cholesky(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.linalg_cholesky(x)
  def cholesky_solve(self: __torch__.Kernels, factor: Tensor, b: Tensor) -> Tensor:
    return torch.cholesky_solve(b, factor)
  def submatrix(self: __torch__.Kernels, x: Tensor, places: Tensor) -> Tensor:
    both: List[Optional[Tensor]] = [torch.unsqueeze(places, 1), places]
    return torch.index(x, both)
  def factor_in_place(self: __torch__.Kernels, x: Tensor) -> Tensor:
    _0 = torch.linalg_cholesky(torch.t(x), upper=False, out=torch.t(x))
    return x
  def solve_rows(self: __torch__.Kernels, rows: Tensor, factor: Tensor) -> Tensor:
    _0 = torch.linalg_solve_triangular(factor, rows, upper=True, left=False, out=rows)
    return torch.linalg_solve_triangular(torch.t(factor), rows, upper=False, left=False, out=rows)
  def invert_in_place(self: __torch__.Kernels, factor: Tensor) -> Tensor:
    _0 = torch.cholesky_inverse(torch.t(factor), out=torch.t(factor))
    return factor
  def subtract_into(self: __torch__.Kernels, target: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return torch.sub(a, b, out=target)
  def diagonal(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.clone(torch.diagonal(x))
  def add_to_diagonal(self: __torch__.Kernels, target: Tensor, values: Tensor) -> Tensor:
    _0 = torch.add_(torch.diagonal(target), values)
    return target
  def sum_of_products(self: __torch__.Kernels, a: Tensor, b: Tensor) -> Tensor:
    return torch.sum(torch.mul(torch.to(a, 7), torch.to(b, 7)))
  def unit_blocks(self: __torch__.Kernels, v: Tensor, width: int) -> Tensor:
    units = torch.floordiv(torch.size(v, 0), width)
    blocks = torch.diagonal(torch.view(v, [units, width, units, width]), 0, 0, 2)
    return torch.contiguous(torch.permute(blocks, [2, 0, 1]))
  def unit_columns(self: __torch__.Kernels, a: Tensor, width: int) -> Tensor:
    units = torch.floordiv(torch.size(a, 1), width)
    return torch.contiguous(torch.permute(torch.view(a, [-1, units, width]), [1, 2, 0]))
  def unit_products(self: __torch__.Kernels, a: Tensor, b: Tensor) -> Tensor:
    return torch.sum(torch.mul(a, b), [1, 2])
  def channel_scores(self: __torch__.Kernels, a: Tensor, v: Tensor) -> Tensor:
    return torch.div(torch.sum(torch.mul(a, a), [0]), torch.diagonal(v))
  def subtract_product(self: __torch__.Kernels, total: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return torch.addmm_(total, a, b, alpha=-1)
  def divergence_sum(self: __torch__.Kernels, whole: Tensor, other: Tensor) -> Tensor:
    p = torch.log_softmax(torch.to(whole, 7), -1)
    q = torch.log_softmax(torch.to(other, 7), -1)
    return torch.sum(torch.mul(torch.exp(p), torch.sub(p, q)))
