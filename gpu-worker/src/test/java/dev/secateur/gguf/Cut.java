package dev.secateur.gguf;

import dev.secateur.model.Decoder;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Eligible.Layers;
import dev.secateur.pruning.RandomCuts;
import dev.secateur.pruning.Recipe;
import java.util.List;

/** Which units of a model are removed. */
enum Cut {
  NOTHING("whole"),
  BLOCK("block"),
  MLP("block, MLPs alone"),
  CHANNEL("channel"),
  LAYER("layer"),
  EXPERT("expert"),
  SHARED("block-shared, experts alone"),
  UNEVEN_BLOCK("block, uneven"),
  UNEVEN_EXPERT("expert, uneven");

  private final String title;

  Cut(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /** Whether it takes something of the model. */
  boolean applies(Decoder decoder) {
    boolean ofExperts = this == EXPERT || this == SHARED || this == UNEVEN_EXPERT;
    return !ofExperts || decoder.experts().isPresent();
  }

  List<Recipe.Group> of(Decoder decoder) {
    int layers = decoder.layers();
    Layers all = Layers.both(0, layers);
    Layers some = Layers.both(1, layers);
    Layers mlps = new Layers(new LayerSpan(0, 0), new LayerSpan(0, layers));
    return switch (this) {
      case NOTHING -> List.of();
      case BLOCK -> RandomCuts.of(decoder, Strategy.BLOCK, all, "0.5");
      case MLP -> RandomCuts.of(decoder, Strategy.BLOCK, mlps, "0.5");
      case CHANNEL -> RandomCuts.of(decoder, Strategy.CHANNEL, all, "0.25");
      case LAYER -> RandomCuts.of(decoder, Strategy.LAYER, all, "0.5");
      case EXPERT -> RandomCuts.of(decoder, Strategy.EXPERT, all, "0.25");
      case SHARED -> RandomCuts.of(decoder, Strategy.BLOCK_SHARED, mlps, "0.5");
      case UNEVEN_BLOCK -> RandomCuts.of(decoder, Strategy.BLOCK, some, "0.5");
      case UNEVEN_EXPERT -> RandomCuts.of(decoder, Strategy.EXPERT, some, "0.25");
    };
  }
}
