package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BytesTargetTest {
  private static final Decoder LLAMA =
      Checkpoint.open(Fixtures.resource("families/llama-gqa-tied")).decoder();
  private static final List<CoupledStructure> STRUCTURES = Discovery.of(LLAMA);

  private static Point point(Scope scope, Target target, String ratio) {
    LayerSpan all = new LayerSpan(0, LLAMA.layers());
    return new Point(
        Strategy.BLOCK,
        all,
        all,
        new BigDecimal(ratio),
        Criterion.L2,
        Aggregation.SUM,
        scope,
        target,
        1);
  }

  /** Some matrices as wide as norms, the others half of that. */
  private static WrittenTypes mixed(String wide) {
    Map<String, ElementType> types = new HashMap<>();
    LLAMA
        .parameters()
        .forEach(
            parameter ->
                types.put(
                    parameter.name(),
                    parameter.name().contains(wide) || parameter.name().contains("norm")
                        ? ElementType.F32
                        : ElementType.BF16));
    return new WrittenTypes(types, ElementType.F32, false);
  }

  private static long bytes(Decoder decoder, WrittenTypes types) {
    long bytes = 0;
    for (var parameter : decoder.parameters()) {
      bytes += parameter.elements() * types.of(parameter.name()).bytes();
    }
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({"mlp, 0.1", "mlp, 0.25", "self_attn, 0.1", "self_attn, 0.25"})
  void savesTheShareOfBytesAndLessThanAChannelMore(String wide, String ratio) {
    WrittenTypes types = mixed(wide);
    Point point = point(Scope.MEASURED, Target.BYTES, ratio);
    PointPruning pruning = new PointPruning(LLAMA, STRUCTURES, point, types);
    List<Recipe.Group> groups = pruning.counted();
    long before = bytes(LLAMA, types);
    long after = bytes(Pruning.prune(LLAMA, groups), types);
    assertThat(pruning.bytes(List.of())).isEqualTo(before);
    assertThat(pruning.bytes(groups)).isEqualTo(after);
    long due = Math.round(before * Double.parseDouble(ratio));
    long channel = 3L * LLAMA.config().size("hidden_size") * (wide.equals("mlp") ? 4 : 2);
    assertThat(before - after).isBetween(due, due + channel);
  }

  @Test
  void takesOtherUnitsWhereOthersAreWide() {
    Point point = point(Scope.MEASURED, Target.BYTES, "0.2");
    assertThat(new PointPruning(LLAMA, STRUCTURES, point, mixed("mlp")).counted())
        .isNotEqualTo(new PointPruning(LLAMA, STRUCTURES, point, mixed("self_attn")).counted());
  }

  @Test
  void equalsParametersWhereTypesAreAlike() {
    Point parameters = point(Scope.MEASURED, Target.PARAMETERS, "0.2");
    assertThat(
            new PointPruning(LLAMA, STRUCTURES, point(Scope.MEASURED, Target.BYTES, "0.2"))
                .counted())
        .isEqualTo(new PointPruning(LLAMA, STRUCTURES, parameters).counted());
  }

  @Test
  void asksForNoMoreThanThereIs() {
    Point point = point(Scope.MEASURED, Target.BYTES, "0.95");
    assertThatThrownBy(() -> new PointPruning(LLAMA, STRUCTURES, point, mixed("mlp")).counted())
        .isInstanceOf(InputException.class)
        .hasMessageContaining(" bytes, but at most ");
  }

  @ParameterizedTest
  @CsvSource({"LOCAL, BYTES", "GLOBAL, BYTES", "LOCAL, LATENCY", "GLOBAL, LATENCY"})
  void goesWithScopeMeasuredAlone(Scope scope, Target target) {
    assertThat(point(scope, target, "0.2").exclusion())
        .hasValue(
            "target %s needs scope measured, not scope %s"
                .formatted(target.label(), scope.label()));
    assertThat(point(Scope.MEASURED, target, "0.2").exclusion()).isEmpty();
  }

  @Test
  void hasNoCountsOfLatencyBeforeTimesAreMeasured() {
    Point point = point(Scope.MEASURED, Target.LATENCY, "0.2");
    assertThatThrownBy(() -> new PointPruning(LLAMA, STRUCTURES, point).counted())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("unknown until times are measured");
  }
}
