package dev.secateur.gguf;

import dev.secateur.model.Decoder;
import dev.secateur.model.Ops;
import dev.secateur.model.Rope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Properties of a model, derived by running its forward pass: independent of how a config spells
 * them.
 */
final class Traits implements Ops<String> {
  private static final String RESIDUAL = "residual";
  private static final String NORM = "norm";

  private final List<List<Rope>> ropes = new ArrayList<>();
  private final List<Attention> attentions = new ArrayList<>();
  private final Set<Activation> activations = new HashSet<>();
  private final Set<Double> norms = new HashSet<>();
  private final List<Mixture> mixtures = new ArrayList<>();
  private final Set<List<Double>> clamps = new HashSet<>();
  private final Map<String, String> normed = new HashMap<>();
  private final Set<String> addends = new HashSet<>();
  private boolean centred;
  private boolean learned;
  private final Map<String, Double> shifts = new HashMap<>();
  private final List<Double> embedScales = new ArrayList<>();
  private final Set<Double> blockScales = new HashSet<>();
  private final List<Double> headScales = new ArrayList<>();
  private double logitCap;
  private List<Double> scales = new ArrayList<>();

  static Traits of(Decoder decoder) {
    Traits traits = new Traits();
    traits.scales = traits.embedScales;
    decoder.embed(traits, "ids");
    for (int layer = 0; layer < decoder.layers(); layer++) {
      traits.ropes.add(new ArrayList<>());
      List<Double> ofBlock = new ArrayList<>();
      traits.scales = ofBlock;
      decoder.block(traits, RESIDUAL, layer);
      traits.blockScales.addAll(ofBlock.isEmpty() ? List.of(1.0) : ofBlock);
    }
    traits.scales = traits.headScales;
    decoder.head(traits, RESIDUAL);
    return traits;
  }

  /** The rotary positions of each block's queries and keys; empty where it has none. */
  List<List<Rope>> ropes() {
    return ropes.stream().map(of -> of.stream().distinct().toList()).toList();
  }

  List<Attention> attentions() {
    return attentions;
  }

  Set<Activation> activations() {
    return activations;
  }

  /** The small numbers that norms add. */
  Set<Double> norms() {
    return Collections.unmodifiableSet(norms);
  }

  /** What is added to the parameter of a norm. */
  double shift(String parameter) {
    return shifts.getOrDefault(parameter, 0.0);
  }

  /** What embeddings are multiplied with. */
  double embedScale() {
    return product(embedScales);
  }

  /** What blocks multiply their branches with. */
  Set<Double> blockScales() {
    return blockScales;
  }

  /** What logits are multiplied with. */
  double logitScale() {
    return product(headScales);
  }

  /** The bound of logits; zero for none. */
  double logitCap() {
    return logitCap;
  }

  /** How each block that has experts shares tokens out among them. */
  List<Mixture> mixtures() {
    return mixtures;
  }

  /** The bounds that values are clamped to, lowest and highest. */
  Set<List<Double>> clamps() {
    return clamps;
  }

  /** Whether norms take the mean away (layer norms), rather than not (root mean square). */
  boolean isCentred() {
    return centred;
  }

  /** Whether positions are learned. */
  boolean isLearned() {
    return learned;
  }

  /** Whether attention and MLP both read what comes into a block. */
  boolean isParallel() {
    return normed.entrySet().stream()
        .filter(norm -> norm.getKey().endsWith("post_attention_layernorm"))
        .anyMatch(norm -> norm.getValue().equals(RESIDUAL));
  }

  /** Whether what a block computes is added to a norm's output rather than to its input. */
  boolean addsToNorm() {
    return addends.contains(NORM);
  }

  private static double product(List<Double> factors) {
    return factors.stream().reduce(1.0, (a, b) -> a * b);
  }

  @Override
  public String embedding(String ids, String name) {
    return "";
  }

  @Override
  public String positions(String ids, String name, int offset) {
    learned = true;
    return "";
  }

  @Override
  public String linear(String x, Linear layer) {
    return "";
  }

  @Override
  public String rmsNorm(String x, String name, double eps, double shift) {
    norms.add(eps);
    shifts.put(name + ".weight", shift);
    return NORM;
  }

  @Override
  public String layerNorm(String x, String name, double eps) {
    norms.add(eps);
    centred = true;
    normed.put(name, x);
    return NORM;
  }

  @Override
  public String heads(String x, int headWidth) {
    return "";
  }

  @Override
  public String merge(String x) {
    return "";
  }

  @Override
  public List<String> split(String x, int... proportions) {
    return Collections.nCopies(proportions.length, "");
  }

  @Override
  public String join(String a, String b) {
    return "";
  }

  @Override
  public String rope(String x, Rope rope) {
    ropes.get(ropes.size() - 1).add(rope);
    return "";
  }

  @Override
  public String attention(String q, String k, String v, Attention attention) {
    attentions.add(attention);
    return "";
  }

  @Override
  public String activation(String x, Activation activation) {
    activations.add(activation);
    return "";
  }

  @Override
  public String add(String a, String b) {
    addends.add(a);
    return "";
  }

  @Override
  public String mul(String a, String b) {
    return "";
  }

  @Override
  public String scale(String x, double factor) {
    scales.add(factor);
    return "";
  }

  @Override
  public String softcap(String x, double cap) {
    logitCap = cap;
    return "";
  }

  @Override
  public String clamp(String x, double low, double high) {
    clamps.add(List.of(low, high));
    return "";
  }

  @Override
  public List<String> alternating(String x) {
    return List.of("", "");
  }

  @Override
  public String mixture(String x, String logits, Mixture mixture, Expert<String> expert) {
    mixtures.add(mixture);
    return expert.of(0, "");
  }

  @Override
  public String stacked(String x, Stacked layer, int expert) {
    return "";
  }
}
