package dev.secateur.protocol;

import java.util.Map;
import java.util.Optional;

/**
 * The room that a worker has for what it writes: of its work folder's disk or of the one that nodes
 * share for artifacts, whichever has less.
 *
 * @param path the folder on that disk
 * @param free bytes that it may still write
 * @param reserve bytes of these that must stay free
 * @param models bytes of the base models that it was given tasks for, by their hashes; what a stage
 *     writes depends on them
 */
public record DiskRoom(String path, long free, long reserve, Map<String, Long> models)
    implements Disk {
  public DiskRoom {
    models = models == null ? Map.of() : models;
  }

  /** Whether there is room for this many bytes beside the reserve. */
  @Override
  public boolean has(long need) {
    return free - reserve >= need;
  }

  @Override
  public Optional<DiskRoom> room() {
    return Optional.of(this);
  }
}
