package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.function.UnaryOperator;

/**
 * Writes the pruned model, with its adapter merged if it has one, as a checkpoint. The subject is
 * written as {@code recipe} and {@code adapter}, the latter null where it is not recovered; the
 * files as {@code gguf}, the type of the GGUF file's matrices, and not at all without such a file.
 */
@JsonPropertyOrder({"model", "recipe", "adapter", "gguf"})
public record ExportSpec(
    ModelRef model, @JsonIgnore Subject.Exportable subject, @JsonIgnore Export.Files files)
    implements StageSpec {
  @JsonCreator
  private static ExportSpec read(
      @JsonProperty("model") ModelRef model,
      @JsonProperty("recipe") StageKey recipe,
      @JsonProperty("adapter") StageKey adapter,
      @JsonProperty("gguf") GgufWeights gguf) {
    return new ExportSpec(
        model,
        adapter == null ? new Subject.Pruned(recipe) : new Subject.Recovered(recipe, adapter),
        gguf == null ? new Export.Checkpoint() : new Export.CheckpointAndGguf(gguf));
  }

  @JsonProperty("recipe")
  private StageKey writtenRecipe() {
    return subject.recipe();
  }

  @JsonProperty("adapter")
  private StageKey writtenAdapter() {
    return subject instanceof Subject.Recovered recovered ? recovered.adapter() : null;
  }

  @JsonProperty("gguf")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private GgufWeights writtenGguf() {
    return files.gguf().orElse(null);
  }

  @Override
  public StageKind kind() {
    return StageKind.EXPORT;
  }

  @Override
  public ExportSpec under(UnaryOperator<StageKey> keys) {
    return new ExportSpec(model, subject.under(keys), files);
  }
}
