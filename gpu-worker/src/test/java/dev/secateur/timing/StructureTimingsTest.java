package dev.secateur.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.Residency;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.Profiles;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Eligible;
import dev.secateur.pruning.LatencyTable;
import dev.secateur.pruning.Pruning;
import dev.secateur.pruning.Recipe;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StructureTimingsTest {
  private static final LatencyProtocol PROTOCOL = new LatencyProtocol(2, 8, 0, 1, 3);

  private static Model open(String family, Residency residency) {
    return CheckpointReader.open(
        Checkpoint.open(Fixtures.resource("families/" + family)), Device.cpu(), residency);
  }

  private static List<CoupledStructure> structures(Decoder decoder) {
    return Eligible.of(
        Discovery.of(decoder), Strategy.BLOCK, Eligible.Layers.both(0, decoder.layers()));
  }

  /** A watch by which a pass takes as long as the whole model has multiply-accumulates. */
  private static double seconds(Model of, int passes, Runnable work) {
    work.run();
    return passes * seconds(of.decoder());
  }

  private static double seconds(Decoder decoder) {
    return Costs.of(decoder, 8).macs() * 1e-6;
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "gpt2", "gpt-neox", "bloom", "gemma2"})
  void timesBlocksWithoutTheUnitsOfEachLevel(String family) {
    try (Model model = open(family, Residency.FLOAT32)) {
      Decoder decoder = model.decoder();
      List<CoupledStructure> structures = structures(decoder);
      LatencyTable table =
          new StructureTimings(model, structures, PROTOCOL, StructureTimingsTest::seconds)
              .measure(Precision.FLOAT32, () -> {});
      double whole = seconds(decoder);
      assertThat(table.forward()).isCloseTo((decoder.layers() + 2) * whole, within(1e-9));
      for (CoupledStructure structure : structures) {
        int[] levels = Profiles.levels(structure);
        double[] found = table.seconds().get(structure.name());
        assertThat(found).hasSize(levels.length + 1);
        assertThat(found[0]).isCloseTo(whole, within(1e-9));
        for (int i = 0; i < levels.length; i++) {
          List<Integer> gone = IntStream.range(0, levels[i]).boxed().toList();
          Recipe.Group group = new Recipe.Group(structure.name(), structure.units(), gone);
          assertThat(found[i + 1])
              .as(structure.name() + " without " + levels[i])
              .isCloseTo(seconds(Pruning.prune(decoder, List.of(group))), within(1e-9));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void measuresTheSameBlocksWhereverWeightsLie(Precision precision) {
    List<List<Double>> tables = new ArrayList<>();
    for (Residency residency : Residency.values()) {
      try (Model model = open("llama-gqa-tied", residency)) {
        LatencyTable table =
            new StructureTimings(
                    model, structures(model.decoder()), PROTOCOL, StructureTimingsTest::seconds)
                .measure(precision, () -> {});
        List<Double> numbers = new ArrayList<>(List.of(table.forward()));
        table.seconds().keySet().stream()
            .sorted()
            .forEach(
                n ->
                    IntStream.range(0, table.seconds().get(n).length)
                        .forEach(i -> numbers.add(table.seconds().get(n)[i])));
        tables.add(numbers);
      }
    }
    assertThat(tables).hasSize(3).allSatisfy(one -> assertThat(one).isEqualTo(tables.get(0)));
  }

  @Test
  void blocksThatAreAlikeHaveTheSameTimesWhateverTheNoise() {
    try (Model model = open("llama-gqa-tied", Residency.FLOAT32)) {
      LatencyTable table =
          new StructureTimings(model, structures(model.decoder()), PROTOCOL)
              .measure(Precision.FLOAT32, () -> {});
      assertThat(table.seconds().get("layers.1.mlp"))
          .isEqualTo(table.seconds().get("layers.0.mlp"));
      assertThat(table.seconds().get("layers.1.attention"))
          .isEqualTo(table.seconds().get("layers.0.attention"))
          .isNotEqualTo(table.seconds().get("layers.0.mlp"));
    }
  }

  @Test
  void aRunIsAsManyPassesAsLastLongEnough() {
    List<Integer> counts = new ArrayList<>();
    try (Model model = open("llama-gqa-tied", Residency.FLOAT32)) {
      new StructureTimings(
              model,
              List.of(),
              new LatencyProtocol(1, 4, 0, 0, 5),
              (of, passes, work) -> {
                counts.add(passes);
                return passes * 0.3e-9 * StructureTimings.LEAST_NANOS;
              })
          .measure(Precision.FLOAT32, () -> {});
    }
    assertThat(counts.subList(0, 8)).containsExactly(1, 2, 4, 4, 4, 4, 4, 4);
  }
}
