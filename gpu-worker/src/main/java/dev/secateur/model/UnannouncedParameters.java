package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Another source's parameters, of which none is read before it is asked for. */
final class UnannouncedParameters extends ParameterSource {
  private final ParameterSource base;

  /**
   * @param base used until this is closed
   */
  UnannouncedParameters(ParameterSource base) {
    base.retain();
    this.base = base;
  }

  @Override
  public Map<String, List<Long>> shapes() {
    return base.shapes();
  }

  @Override
  public NDArray load(String name, NDManager scope) {
    return base.load(name, scope);
  }

  @Override
  public void expect(Collection<String> names) {} // which would be read while others compute

  @Override
  protected void close() {
    base.release();
  }
}
