package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.function.UnaryOperator;

/**
 * Refits the pruned model's matrices, so that it writes to the residual stream what the whole model
 * wrote. Its artifact has the recipe beside the refitted matrices, so that a stage that reads a
 * recipe can read it instead.
 *
 * @param recipe of the pruned model
 * @param samples for the fit
 * @param inner whether inner matrices are refitted too; stages from before there were any name none
 */
public record CompensationSpec(
    ModelRef model,
    StageKey recipe,
    Samples samples,
    Ridge ridge,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean inner)
    implements StageSpec {
  @Override
  public StageKind kind() {
    return StageKind.COMPENSATION;
  }

  @Override
  public CompensationSpec under(UnaryOperator<StageKey> keys) {
    return new CompensationSpec(model, keys.apply(recipe), samples, ridge, inner);
  }
}
