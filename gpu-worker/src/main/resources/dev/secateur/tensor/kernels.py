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
  def rms_norm(self: __torch__.Kernels, x: Tensor, weight: Tensor, eps: float) -> Tensor:
    scale = torch.rsqrt(torch.add(torch.mean(torch.mul(x, x), [-1], True), eps))
    return torch.mul(weight, torch.mul(x, scale))
  def rope(self: __torch__.Kernels, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = torch.chunk(x, 2, -1)
    rotated = torch.cat([torch.neg(half[1]), half[0]], -1)
    return torch.add(torch.mul(x, cos), torch.mul(rotated, sin))
  def heads(self: __torch__.Kernels, x: Tensor, width: int) -> Tensor:
    return torch.transpose(torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), -1, width]), 1, 2)
  def merge(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.reshape(torch.transpose(x, 1, 2), [torch.size(x, 0), torch.size(x, 2), -1])
  def attention(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
    group = torch.floordiv(torch.size(q, 1), torch.size(k, 1))
    keys = torch.repeat_interleave(k, group, 1)
    values = torch.repeat_interleave(v, group, 1)
    return torch.scaled_dot_product_attention(q, keys, values, None, 0., True, scale=scale)
  def mat_mul(self: __torch__.Kernels, a: Tensor, b: Tensor) -> Tensor:
    return torch.matmul(a, b)
  def silu(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.silu(x)
  def add(self: __torch__.Kernels, a: Tensor, b: Tensor) -> Tensor:
    return torch.add(a, b)
  def mul(self: __torch__.Kernels, a: Tensor, b: Tensor) -> Tensor:
    return torch.mul(a, b)
  def scale(self: __torch__.Kernels, x: Tensor, factor: float) -> Tensor:
    return torch.mul(x, factor)
  def cross_entropy_sum(self: __torch__.Kernels, logits: Tensor, targets: Tensor) -> Tensor:
    flat = torch.reshape(logits, [-1, torch.size(logits, -1)])
    return torch.cross_entropy_loss(torch.to(flat, 6), torch.reshape(targets, [-1]), None, 2, -100)
  def dropout(self: __torch__.Kernels, x: Tensor, probability: float, seed: int) -> Tensor:
    bits = torch.arange(torch.numel(x), dtype=4, device=x.device)
    bits = torch.mul(torch.add(bits, seed), -7046029254386353131)
    bits = torch.mul(torch.__xor__(bits, torch.__and__(torch.__rshift__(bits, 30), 17179869183)), -4658895280553007687)
    bits = torch.mul(torch.__xor__(bits, torch.__and__(torch.__rshift__(bits, 27), 137438953471)), -7723592293110705685)
    uniform = torch.mul(torch.to(torch.__and__(torch.__rshift__(bits, 40), 16777215), 6), 5.9604644775390625e-08)
    keep = torch.reshape(torch.to(torch.ge(uniform, probability), 6), torch.size(x))
    return torch.div(torch.mul(x, keep), torch.sub(1., probability))
  def grad(self: __torch__.Kernels, output: Tensor, seed: Tensor, inputs: List[Tensor]) -> List[Tensor]:
    gradients = torch.grad([output], inputs, annotate(List[Optional[Tensor]], [seed]), None, False, True)
    found = annotate(List[Tensor], [])
    for i in range(torch.len(gradients)):
      gradient = gradients[i]
      if torch.__is__(gradient, None):
        _0 = torch.append(found, torch.empty([0]))
      else:
        _1 = torch.append(found, unchecked_cast(Tensor, gradient))
    return found
  def leaf(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.requires_grad_(torch.detach(x), True)
  def detach(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.detach(x)
  def select(self: __torch__.Kernels, x: Tensor, dim: int, indices: Tensor) -> Tensor:
    return torch.index_select(x, dim, indices)
  def rows(self: __torch__.Kernels, x: Tensor, start: int, length: int) -> Tensor:
    return torch.narrow(x, 0, start, length)
  def zeros(self: __torch__.Kernels, like: Tensor, shape: List[int]) -> Tensor:
    return torch.zeros(shape, dtype=6, device=like.device)
  def flat(self: __torch__.Kernels, x: Tensor, start: int, length: int) -> Tensor:
    return torch.contiguous(torch.narrow(torch.reshape(x, [-1]), 0, start, length))
  def write(self: __torch__.Kernels, target: Tensor, start: int, values: Tensor) -> Tensor:
    return torch.copy_(torch.narrow(torch.view(target, [-1]), 0, start, torch.numel(values)), values)
  def accumulate(self: __torch__.Kernels, total: Tensor, x: Tensor, factor: float) -> Tensor:
    return torch.add_(total, x, alpha=factor)
  def accumulate_square(self: __torch__.Kernels, total: Tensor, x: Tensor, factor: float) -> Tensor:
    return torch.addcmul_(total, x, x, value=factor)
  def square_norm(self: __torch__.Kernels, x: Tensor) -> Tensor:
    wide = torch.to(x, 7)
    return torch.sum(torch.mul(wide, wide))
  def adamw(self: __torch__.Kernels, parameter: Tensor, gradient: Tensor, mean: Tensor, variance: Tensor, rate: float, beta1: float, beta2: float, eps: float, decay: float, correction1: float, correction2: float, clip: float) -> Tensor:
    _0 = torch.mul_(parameter, torch.sub(1., torch.mul(rate, decay)))
    _1 = torch.add_(torch.mul_(mean, beta1), gradient, alpha=torch.mul(clip, torch.sub(1., beta1)))
    _2 = torch.addcmul_(torch.mul_(variance, beta2), gradient, gradient, value=torch.mul(torch.mul(clip, clip), torch.sub(1., beta2)))
    denominator = torch.add(torch.div(torch.sqrt(variance), correction2), eps)
    return torch.addcdiv_(parameter, mean, denominator, value=torch.neg(torch.div(rate, correction1)))
  def unit_sums(self: __torch__.Kernels, x: Tensor, dim: int, outer: int, units: int, inner: int) -> Tensor:
    other = torch.transpose(x, 0, dim)
    folded = torch.reshape(other, [outer, units, inner, -1])
    return torch.sum(torch.to(folded, 7), [0, 2, 3])
  def unit_channel_sums(self: __torch__.Kernels, x: Tensor, dim: int, outer: int, units: int, inner: int) -> Tensor:
    other = torch.transpose(x, 0, dim)
    folded = torch.reshape(other, [outer, units, inner, -1])
    return torch.sum(torch.abs(torch.sum(torch.to(folded, 7), [3])), [0, 2])
  def abs(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.abs(x)
