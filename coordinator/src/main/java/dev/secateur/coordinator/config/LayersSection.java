package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig.Blocks;
import dev.secateur.protocol.SweepConfig.Layers;
import dev.secateur.protocol.SweepConfig.Layers.Edge;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Reads {@code layers}, {@code attention-layers} and {@code mlp-layers}: a range, a list of ranges,
 * or one of these for each model.
 */
final class LayersSection {
  private static final String EACH = "each";
  private static final String DEFAULT = "default";

  static final Key<String> LAYERS =
      Key.text(
          "layers",
          "layers that may be pruned: `{ first = 4, end = 30 }` or `\"4..30\"`, the end"
              + " excluded; `each`: one trial per layer; `default`: all but the first eighth and"
              + " the last sixteenth (all with scope `measured`, with `uniform`, and for layers and experts); a list of these; or `{ MODEL ="
              + " \"4..30\" }`");
  static final Key<String> ATTENTION =
      Key.text(
          "attention-layers",
          "layers whose attention heads may be pruned, if these differ from `layers`");
  static final Key<String> MLP =
      Key.text(
          "mlp-layers", "layers whose MLP channels may be pruned, if these differ from `layers`");

  private final Section root;
  private final List<Strategy> strategies;
  private final boolean uniform;

  private LayersSection(Section root, List<Strategy> strategies, boolean uniform) {
    this.root = root;
    this.strategies = strategies;
    this.uniform = uniform;
  }

  /**
   * By name of a model, the blocks that may be pruned; each of a list is an axis.
   *
   * @param uniform whether all must be, so that their widths stay equal
   */
  static Map<String, List<Blocks>> read(
      Section root, List<ModelRef> models, List<Strategy> strategies, boolean uniform) {
    LayersSection section = new LayersSection(root, strategies, uniform);
    Map<String, List<Blocks>> blocks = new LinkedHashMap<>();
    models.forEach(model -> blocks.put(model.name(), section.blocks(model, models)));
    if (models.isEmpty()) {
      List.of(LAYERS, ATTENTION, MLP).forEach(root::raw); // so that they are known
    }
    return blocks;
  }

  private List<Blocks> blocks(ModelRef model, List<ModelRef> models) {
    List<Layers> both =
        layers(LAYERS, model, models)
            .orElseGet(() -> fitting(LAYERS, List.of(Layers.DEFAULT), model));
    Optional<List<Layers>> attention = layers(ATTENTION, model, models);
    Optional<List<Layers>> mlp = layers(MLP, model, models);
    Set<Blocks> blocks = new LinkedHashSet<>();
    for (Layers one : both) {
      for (Layers heads : attention.orElseGet(() -> List.of(one))) {
        mlp.orElseGet(() -> List.of(one)).forEach(rows -> blocks.add(new Blocks(heads, rows)));
      }
    }
    return List.copyOf(blocks);
  }

  private Optional<List<Layers>> layers(Key<String> key, ModelRef model, List<ModelRef> models) {
    return root.raw(key)
        .map(
            value ->
                value instanceof ConfigObject object && !isRange(object)
                    ? ofModel(key, object, model, models)
                    : fitting(key, list(key.name(), value, model), model));
  }

  private static boolean isRange(ConfigObject object) {
    return object.containsKey("first") || object.containsKey("end") || object.isEmpty();
  }

  private List<Layers> ofModel(
      Key<String> key, ConfigObject object, ModelRef model, List<ModelRef> models) {
    List<String> names = models.stream().map(ModelRef::name).toList();
    object.forEach(
        (name, value) -> {
          if (!names.contains(name)) {
            root.problem(
                key.name() + "." + name,
                value,
                "is neither first, end nor one of the models " + String.join(", ", names));
          }
        });
    ConfigValue own = object.get(model.name());
    List<Layers> layers =
        own == null ? List.of(Layers.DEFAULT) : list(key.name() + "." + model.name(), own, model);
    return fitting(key, layers, model);
  }

  private List<Layers> list(String place, ConfigValue value, ModelRef model) {
    if (!(value instanceof ConfigList list)) {
      return one(place, value, model);
    }
    if (list.isEmpty()) {
      root.problem(place, value, "is an empty list, which makes the grid empty");
    }
    List<Layers> all = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      for (Layers layers : one(place + "[" + i + "]", list.get(i), model)) {
        if (all.contains(layers)) {
          root.problem(
              place + "[" + i + "]", list.get(i), "repeats " + Numbers.render(list.get(i)));
        }
        all.add(layers);
      }
    }
    return all;
  }

  private List<Layers> one(String place, ConfigValue value, ModelRef model) {
    if (value instanceof ConfigObject object) {
      Section section = root.within(place, object);
      Map<Edge, Integer> given = new EnumMap<>(Edge.class);
      section
          .find(Key.whole("first", 0, Integer.MAX_VALUE, "the first block"))
          .ifPresent(first -> given.put(Edge.FIRST, first));
      section
          .find(Key.whole("end", 1, Integer.MAX_VALUE, "the block after the last"))
          .ifPresent(end -> given.put(Edge.END, end));
      section.finish();
      return List.of(new Layers(given));
    }
    String text = String.valueOf(value.unwrapped());
    if (text.equals(EACH)) {
      return IntStream.range(0, model.layers())
          .mapToObj(layer -> Layers.of(new LayerSpan(layer, layer + 1)))
          .toList();
    }
    try {
      return List.of(range(text));
    } catch (InputException e) {
      root.problem(place, value, e.getMessage());
      return List.of(Layers.DEFAULT);
    }
  }

  private static Layers range(String text) {
    if (text.equals(DEFAULT)) {
      return Layers.DEFAULT;
    }
    return LayerSpan.parse(text)
        .map(Layers::of)
        .orElseThrow(
            () ->
                new InputException(
                    "is '"
                        + text
                        + "'; allowed are 'default', 'each' and ranges such as \"4..30\", the end"
                        + " excluded"));
  }

  private List<Layers> fitting(Key<String> key, List<Layers> all, ModelRef model) {
    for (Layers layers : all) {
      for (Strategy strategy : strategies) {
        LayerSpan span = LayerRange.of(layers, model.layers(), strategy, Scope.LOCAL, uniform);
        if (!LayerRange.fits(span, model.layers())) {
          root.problem(
              key.name(),
              "requests the layers from "
                  + span.first()
                  + " to before "
                  + span.end()
                  + ", but model '"
                  + model.name()
                  + "' has "
                  + model.layers()
                  + " layers");
          return all;
        } else if (!LayerRange.suits(span, model.layers(), strategy, uniform)) {
          root.problem(
              key.name(),
              ("prunes the layers from %d to before %d of the %d of model '%s', but 'uniform'"
                      + " needs all of them; remove one of the two keys")
                  .formatted(span.first(), span.end(), model.layers(), model.name()));
          return all;
        }
      }
    }
    return all;
  }
}
