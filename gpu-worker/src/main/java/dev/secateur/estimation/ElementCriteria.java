package dev.secateur.estimation;

import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** The plug-in criteria of this process. */
public final class ElementCriteria {
  private static final String SERVICE = ElementCriterion.class.getName();

  private ElementCriteria() {}

  /**
   * All of them.
   *
   * @throws InputException when one of the plug-ins is not as it should be
   */
  public static List<Criterion> all() {
    return List.copyOf(found().keySet());
  }

  /**
   * The plug-in of a criterion.
   *
   * @throws InputException when this process has none of that name and version, telling those that
   *     it has
   */
  public static ElementCriterion of(Criterion criterion) {
    ElementCriterion plugIn = found().get(criterion);
    if (plugIn == null) {
      List<String> known = all().stream().map(Criterion::label).toList();
      throw new InputException(
          "the criterion '"
              + criterion.label()
              + "' is a plug-in that this process does not have; it has "
              + (known.isEmpty() ? "none" : String.join(", ", known))
              + ". Add its jar to the class path of every node (SECATEUR_CLASSPATH)");
    }
    return plugIn;
  }

  /** Whether a criterion is computed from gradients, where it is a plug-in's that is here. */
  public static boolean needsGradients(Criterion criterion) {
    ElementCriterion plugIn = found().get(criterion);
    return plugIn != null && plugIn.needsGradients();
  }

  /** Whether a criterion looks at samples. */
  public static boolean needsSamples(Criterion criterion) {
    return criterion.family() == Criterion.Family.PLUG_IN
        ? of(criterion).needsGradients()
        : criterion.needsSamples();
  }

  private static Map<Criterion, ElementCriterion> found() {
    return byCriterion(
        ServiceLoader.load(ElementCriterion.class, ElementCriterion.class.getClassLoader()));
  }

  static Map<Criterion, ElementCriterion> byCriterion(Iterable<ElementCriterion> plugIns) {
    Map<Criterion, ElementCriterion> all = new LinkedHashMap<>();
    try {
      for (ElementCriterion plugIn : plugIns) {
        String label = plugIn.name() + "@" + plugIn.version();
        boolean free =
            Criterion.builtIn(plugIn.name()).isEmpty()
                && all.keySet().stream()
                    .noneMatch(other -> other.label().startsWith(plugIn.name() + "@"));
        Criterion criterion =
            Criterion.parse(label)
                .filter(one -> free && one.family() == Criterion.Family.PLUG_IN)
                .orElseThrow(
                    () ->
                        new InputException(
                            "plug-in "
                                + plugIn.getClass().getName()
                                + ": no criterion can have the name '"
                                + label
                                + (free ? "'" : "', since another criterion has it")));
        all.put(criterion, plugIn);
      }
    } catch (ServiceConfigurationError e) {
      throw new InputException("META-INF/services/" + SERVICE + ": " + e.getMessage(), e);
    }
    return all;
  }
}
