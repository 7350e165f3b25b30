package dev.secateur.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.json.Json;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.ParameterShape;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import dev.secateur.pruning.Budget;
import dev.secateur.pruning.Eligible;
import dev.secateur.pruning.Selection;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiscoveryTest {
  private static Decoder decoder(String family) {
    return Checkpoint.open(Fixtures.resource("families/" + family)).decoder();
  }

  private static CoupledStructure structure(String family, String name) {
    return Discovery.of(decoder(family)).stream()
        .filter(structure -> structure.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void findsHeadsChannelsAndTheResidualStream() {
    assertThat(Discovery.of(decoder("llama-gqa-tied")))
        .extracting(CoupledStructure::name)
        .containsExactly(
            "residual",
            "layers",
            "layers.0.attention",
            "layers.0.mlp",
            "layers.1.attention",
            "layers.1.mlp",
            "layers.2.attention",
            "layers.2.mlp");
  }

  @Test
  void couplesAKeyValueHeadWithItsOwnQueryHeads() {
    CoupledStructure attention = structure("llama-gqa-tied", "layers.1.attention");
    assertThat(attention.units()).isEqualTo(2);
    assertThat(attention.channelsPerUnit()).isEqualTo(8);
    String block = "model.layers.1.self_attn.";
    assertThat(attention.members())
        .containsExactly(
            Member.of(block + "q_proj.weight", 0, 1, 2, 16),
            Member.of(block + "k_proj.weight", 0, 1, 2, 8),
            Member.of(block + "v_proj.weight", 0, 1, 2, 8),
            Member.of(block + "o_proj.weight", 1, 1, 2, 16));
  }

  @Test
  void listsTheLastExecutedMemberLast() {
    assertThat(structure("llama-mha", "layers.0.mlp").members().get(2).parameter())
        .isEqualTo("model.layers.0.mlp.down_proj.weight");
    List<Member> untied = structure("llama-mha", "residual").members();
    assertThat(untied.get(untied.size() - 1).parameter()).isEqualTo("lm_head.weight");
    List<Member> tied = structure("llama-gqa-tied", "residual").members();
    assertThat(tied.get(tied.size() - 1).parameter()).isEqualTo("model.norm.weight");
  }

  @Test
  void listsASingleKeyHeadOfWhichNothingCanGo() throws IOException {
    Path file = Fixtures.resource("families/llama-gqa-tied").resolve("config.json");
    ObjectNode config = (ObjectNode) Json.MAPPER.readTree(file.toFile());
    config.put("num_key_value_heads", 1);
    Decoder decoder = Families.of(ModelConfig.of(file, config));
    Eligible.Layers layers = Eligible.Layers.both(0, 3);
    List<CoupledStructure> eligible = Eligible.of(Discovery.of(decoder), Strategy.BLOCK, layers);
    assertThat(eligible).hasSize(6);
    assertThat(eligible.get(0).units()).isEqualTo(1);
    for (Scope scope : Scope.values()) {
      Selection selection =
          new Selection(
              decoder,
              eligible,
              Strategy.BLOCK,
              layers,
              new Budget(scope, Target.GROUP_RATIO, new BigDecimal("0.5"), 1));
      Map<String, double[]> scores = new HashMap<>();
      eligible.stream()
          .filter(s -> s.units() > 1)
          .forEach(s -> scores.put(s.name(), new double[s.units()]));
      selection.remove(1, scores);
      assertThat(selection.groups().get(0).removed()).isEmpty();
      assertThat(selection.groups().get(1).removed()).isNotEmpty();
    }
  }

  @Test
  void takesBiasesAlong() {
    assertThat(structure("llama-bias", "layers.0.attention").members())
        .extracting(Member::parameter)
        .filteredOn(name -> name.endsWith("bias"))
        .hasSize(3);
    assertThat(structure("llama-bias", "residual").members())
        .extracting(Member::parameter)
        .contains("model.layers.0.self_attn.o_proj.bias", "model.layers.2.mlp.down_proj.bias");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-mha",
        "llama-gqa-tied",
        "llama-headdim",
        "llama-bias",
        "qwen2",
        "qwen3",
        "gemma2",
        "gemma3",
        "phi3",
        "olmo2",
        "granite",
        "smollm3",
        "phi4-mini",
        "mixtral",
        "qwen3-moe",
        "olmoe",
        "gpt-oss",
        "bloom",
        "chatglm",
        "gpt-neox",
        "opt",
        "gpt2"
      })
  void equalsTheClosureOfTheDependencyRulesNeuronByNeuron(String family) {
    Decoder decoder = decoder(family);
    NeuronOps neurons = new NeuronOps(decoder.parameters());
    neurons.keep(decoder.logits(neurons, new NeuronOps.Value(new int[0], 0)));
    for (CoupledStructure structure : Discovery.of(decoder)) {
      if (structure.kind() == Kind.LAYERS) {
        continue; // whole blocks follow from no neuron
      }
      for (int unit = 0; unit < structure.units(); unit++) {
        assertThat(neurons.closure(trigger(structure, unit)))
            .as("%s, unit %d", structure.name(), unit)
            .isEqualTo(entries(decoder, structure, unit));
      }
    }
  }

  /**
   * What starts the closure: of a head the rows of its keys (which fused projections hold), else
   * one row or column of the first parameter.
   */
  private static Set<NeuronOps.Entry> trigger(CoupledStructure structure, int unit) {
    Member root =
        structure.kind() == Kind.ATTENTION
            ? structure.members().stream()
                .filter(
                    member -> member.parameter().matches(".*(k_proj|qkv|query_key|c_attn).*weight"))
                .findFirst()
                .orElseThrow()
            : structure.members().get(0);
    return entries(List.of(root), unit);
  }

  /** What a unit has, where it owns parameters whole with what their dimensions have for it. */
  private static Set<NeuronOps.Entry> entries(
      Decoder decoder, CoupledStructure structure, int unit) {
    Set<NeuronOps.Entry> entries =
        entries(
            structure.members().stream().filter(m -> m.dimension() != Member.WHOLE).toList(), unit);
    Map<String, List<Long>> shapes = new HashMap<>();
    decoder.parameters().forEach(p -> shapes.put(p.name(), p.shape()));
    for (Member member : structure.members()) {
      if (member.dimension() == Member.WHOLE) {
        String name = structure.parameter(decoder, member, unit);
        for (int dimension = 0; dimension < 2; dimension++) {
          boolean readsTheResidual =
              dimension == 1 && !name.matches(".*(down_proj|w2).*"); // which all experts read
          for (int i = 0; i < shapes.get(name).get(dimension) && !readsTheResidual; i++) {
            entries.add(new NeuronOps.Entry(name, dimension, i));
          }
        }
      }
    }
    return entries;
  }

  private static Set<NeuronOps.Entry> entries(List<Member> members, int unit) {
    Set<NeuronOps.Entry> entries = new HashSet<>();
    for (Member member : members) {
      for (int index : member.entries(unit)) {
        entries.add(new NeuronOps.Entry(member.parameter(), member.dimension(), index));
      }
    }
    return entries;
  }

  @Test
  void coversEveryDimensionOfEveryParameterButVocabularyAndHeadWidth() {
    Decoder decoder = decoder("llama-mha");
    Set<String> covered = new HashSet<>();
    Discovery.of(decoder)
        .forEach(s -> s.members().forEach(m -> covered.add(m.parameter() + m.dimension())));
    for (ParameterShape parameter : decoder.parameters()) {
      for (int dimension = 0; dimension < parameter.shape().size(); dimension++) {
        boolean vocabulary =
            dimension == 0 && parameter.name().matches("lm_head.*|.*embed_tokens.*");
        assertThat(covered.contains(parameter.name() + dimension))
            .as("%s, dimension %d", parameter.name(), dimension)
            .isEqualTo(!vocabulary);
      }
    }
  }
}
