package dev.secateur.protocol;

import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Measures how long each structure takes at several widths. The result is valid for one device, so
 * its name is part of the key.
 *
 * @param attention the blocks whose heads may be removed
 * @param mlp the blocks whose MLP channels may be removed
 * @param on the device: {@code cpu}, {@code gpu}, or a part of its manufacturer's name
 * @param protocol how a pass is measured; nothing is generated
 * @param precision of the computation; part of the key unless it is float32
 */
public record TimingSpec(
    ModelRef model,
    StageKey discovery,
    Strategy strategy,
    LayerSpan attention,
    LayerSpan mlp,
    String on,
    LatencyProtocol protocol,
    @UnlessFloat32 Precision precision)
    implements StageSpec {
  public TimingSpec {
    precision = precision == null ? Precision.FLOAT32 : precision;
  }

  @Override
  public StageKind kind() {
    return StageKind.TIMING;
  }

  @Override
  public Optional<String> device() {
    return Optional.of(on);
  }

  @Override
  public TimingSpec under(UnaryOperator<StageKey> keys) {
    return new TimingSpec(
        model, keys.apply(discovery), strategy, attention, mlp, on, protocol, precision);
  }
}
