package dev.secateur.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A decoder some of whose parameters are narrower than its config's sizes say. A pruned
 * checkpoint's config keeps the sizes of its base and states the narrowed shapes under {@link
 * #KEY}; the forward pass is the base's, since it names no width.
 */
public final class PrunedDecoder implements Decoder {
  /** The key of a pruned checkpoint's config: an object from parameter name to shape. */
  public static final String KEY = "secateur_shapes";

  private final Decoder base;
  private final List<ParameterShape> parameters;

  private PrunedDecoder(Decoder base, List<ParameterShape> parameters) {
    this.base = base;
    this.parameters = parameters;
  }

  /** The base with the shapes of some parameters replaced. */
  public static Decoder of(Decoder base, Map<String, ParameterShape> narrowed) {
    return new PrunedDecoder(
        base, base.parameters().stream().map(p -> narrowed.getOrDefault(p.name(), p)).toList());
  }

  static Decoder ifPruned(Decoder base, ModelConfig config) {
    return config.object(KEY).map(shapes -> of(base, shapes(base, shapes))).orElse(base);
  }

  private static Map<String, ParameterShape> shapes(Decoder base, ModelConfig shapes) {
    Map<String, ParameterShape> known =
        base.parameters().stream().collect(Collectors.toMap(ParameterShape::name, p -> p));
    shapes
        .json()
        .fieldNames()
        .forEachRemaining(
            name -> known.computeIfPresent(name, (n, whole) -> narrowed(whole, shapes)));
    return known;
  }

  private static ParameterShape narrowed(ParameterShape whole, ModelConfig shapes) {
    JsonNode stated = shapes.json().get(whole.name());
    List<Long> sizes = new ArrayList<>();
    stated.forEach(size -> sizes.add(size.asLong()));
    boolean fits = stated.isArray() && sizes.size() == whole.shape().size();
    for (int i = 0; fits && i < sizes.size(); i++) {
      fits = sizes.get(i) > 0 && sizes.get(i) <= whole.shape().get(i);
    }
    if (!fits) {
      throw shapes.error(
          KEY + "." + whole.name(), "is " + stated + ", which is no narrowing of " + whole.shape());
    }
    return new ParameterShape(whole.name(), sizes);
  }

  @Override
  public String family() {
    return base.family();
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
  public List<ParameterShape> parameters() {
    return parameters;
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
