package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.protocol.Strategy;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Cuts of models at random. */
public final class RandomCuts {
  private RandomCuts() {}

  /** The same share of every structure of the layers, so that these layers stay alike. */
  public static List<Recipe.Group> of(
      Model model, Strategy strategy, Eligible.Layers layers, String ratio) {
    return of(model.decoder(), strategy, layers, ratio);
  }

  public static List<Recipe.Group> of(
      Decoder decoder, Strategy strategy, Eligible.Layers layers, String ratio) {
    List<CoupledStructure> eligible = Eligible.of(Discovery.of(decoder), strategy, layers);
    Budget budget = Budget.local(new BigDecimal(ratio));
    Selection selection = new Selection(decoder, eligible, strategy, layers, budget);
    Random random = new Random(3);
    Map<String, double[]> scores = new HashMap<>();
    eligible.forEach(s -> scores.put(s.name(), random.doubles(s.units()).toArray()));
    selection.remove(1, scores);
    return selection.groups();
  }
}
