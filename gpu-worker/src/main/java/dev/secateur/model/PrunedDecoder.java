package dev.secateur.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.protocol.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A decoder some of whose parameters are narrower than its config's sizes say. A pruned
 * checkpoint's config keeps the sizes of its base and lists under {@link #KEY} the narrowed {@code
 * shapes}, and the {@code constants} that no longer follow from its sizes; the forward pass is the
 * base's, since it names no width.
 */
public final class PrunedDecoder implements Decoder {
  /** The key of a pruned checkpoint's config. */
  public static final String KEY = "secateur_pruned";

  private final Decoder base;
  private final List<ParameterShape> parameters;

  private PrunedDecoder(Decoder base, List<ParameterShape> parameters) {
    this.base = base;
    this.parameters = parameters;
  }

  /** The base, with the shapes that its config states. */
  static Decoder ifPruned(Decoder base) {
    Optional<ModelConfig> pruned = base.config().object(KEY);
    pruned.ifPresent(stated -> knows(stated, Set.of("shapes", "constants", ExpertCounts.KEY)));
    pruned
        .flatMap(stated -> stated.object("constants"))
        .ifPresent(stated -> knows(stated, base.constants().keySet()));
    Optional<ModelConfig> shapes = pruned.flatMap(stated -> stated.object("shapes"));
    shapes.ifPresent(
        stated ->
            knows(
                stated,
                base.parameters().stream().map(ParameterShape::name).collect(Collectors.toSet())));
    return shapes
        .<Decoder>map(
            stated ->
                fitting(
                    new PrunedDecoder(
                        base, base.parameters().stream().map(p -> narrowed(p, stated)).toList()),
                    stated))
        .orElse(base);
  }

  /** The decoder, through which one token can pass. */
  private static Decoder fitting(Decoder pruned, ModelConfig shapes) {
    try {
      Costs.of(pruned, 1);
      return pruned;
    } catch (IllegalArgumentException e) {
      throw new InputException(
          shapes.file() + ": '" + KEY + ".shapes' do not fit each other: " + e.getMessage(), e);
    }
  }

  private static void knows(ModelConfig object, Set<String> names) {
    object
        .json()
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!names.contains(name)) {
                throw object.error(name, "is unknown to this model");
              }
            });
  }

  private static ParameterShape narrowed(ParameterShape whole, ModelConfig shapes) {
    JsonNode stated = shapes.json().get(whole.name());
    if (stated == null) {
      return whole;
    }
    List<Long> sizes = new ArrayList<>();
    stated.forEach(size -> sizes.add(size.isIntegralNumber() ? size.asLong() : 0));
    boolean fits = stated.isArray() && sizes.size() == whole.shape().size();
    for (int i = 0; fits && i < sizes.size(); i++) {
      fits = sizes.get(i) >= 1 && sizes.get(i) <= whole.shape().get(i);
    }
    if (!fits) {
      throw shapes.error(
          whole.name(), "is " + stated + ", which is not a narrower version of " + whole.shape());
    }
    return new ParameterShape(whole.name(), sizes);
  }

  @Override
  public ModelConfig config() {
    return base.config();
  }

  @Override
  public int layers() {
    return base.layers();
  }

  @Override
  public int headWidth() {
    return base.headWidth();
  }

  @Override
  public String blockName(int layer) {
    return base.blockName(layer);
  }

  @Override
  public List<ParameterShape> parameters() {
    return parameters;
  }

  @Override
  public Map<String, double[]> constants() {
    return base.constants();
  }

  @Override
  public boolean isCausal() {
    return base.isCausal();
  }

  @Override
  public boolean hasStockClass() {
    return base.hasStockClass();
  }

  @Override
  public int vocabulary() {
    return base.vocabulary();
  }

  @Override
  public List<String> layerTypes() {
    return base.layerTypes();
  }

  @Override
  public Map<String, List<?>> layerOptions() {
    return base.layerOptions();
  }

  @Override
  public Map<String, ?> optionsOf(List<Integer> blocks) {
    return base.optionsOf(blocks);
  }

  @Override
  public Optional<ExpertCounts> experts() {
    return base.experts();
  }

  @Override
  public OptionalInt learnedPositions() {
    return base.learnedPositions();
  }

  @Override
  public int sameUpTo() {
    return base.sameUpTo();
  }

  @Override
  public <T> T embed(Ops<T> ops, T ids) {
    return base.embed(ops, ids);
  }

  @Override
  public <T> T block(Ops<T> ops, T residual, int layer) {
    return base.block(ops, residual, layer);
  }

  @Override
  public <T> T head(Ops<T> ops, T residual) {
    return base.head(ops, residual);
  }
}
