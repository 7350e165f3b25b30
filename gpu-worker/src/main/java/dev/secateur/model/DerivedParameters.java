package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Parameters that are derived from those of another source on demand. */
public final class DerivedParameters extends ParameterSource {
  private final ParameterSource base;
  private final Map<String, List<Long>> shapes;
  private final Map<String, String> origins;
  private final Change change;
  private final AutoCloseable held;

  /** Makes a parameter of the base's. */
  @FunctionalInterface
  public interface Change {
    /**
     * @param name of the parameter that is made
     * @param before the base's parameter that it comes from, which stays as it is; null where it
     *     comes from none
     */
    NDArray of(String name, NDArray before, NDManager scope);
  }

  /**
   * @param base used until this is closed
   * @param shapes of the parameters that are made, in their order
   * @param origins which of the base's each is made of; none where a name is missing
   * @param held closed with this
   */
  public DerivedParameters(
      ParameterSource base,
      Map<String, List<Long>> shapes,
      Map<String, String> origins,
      Change change,
      AutoCloseable held) {
    base.retain();
    this.base = base;
    this.shapes = shapes;
    this.origins = origins;
    this.change = change;
    this.held = held;
  }

  @Override
  public Map<String, List<Long>> shapes() {
    return shapes;
  }

  @Override
  public NDArray load(String name, NDManager scope) {
    String origin = origins.get(name);
    return change.of(name, origin == null ? null : base.load(origin, scope), scope);
  }

  @Override
  public void expect(Collection<String> names) {
    base.expect(names.stream().map(origins::get).filter(Objects::nonNull).toList());
  }

  @Override
  protected void close() {
    try {
      held.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      base.release();
    }
  }
}
