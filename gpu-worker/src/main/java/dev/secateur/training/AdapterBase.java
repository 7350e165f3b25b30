package dev.secateur.training;

import dev.secateur.hub.HubReference;
import java.nio.file.Path;

/**
 * The model that an adapter goes with, as its config names it for PEFT.
 *
 * @param name a folder, or a repository of the hub; empty if the model is in neither
 * @param revision of the repository; empty for none
 */
public record AdapterBase(String name, String revision) {
  /** A model that no folder holds, such as a pruned one of a sweep. */
  public static final AdapterBase NONE = new AdapterBase("", "");

  /**
   * @param checkpoint the name of a checkpoint
   * @param folder where it is on this machine
   */
  public static AdapterBase of(String checkpoint, Path folder) {
    if (HubReference.isOne(checkpoint)) {
      HubReference reference = HubReference.parse(checkpoint);
      return new AdapterBase(reference.repository(), reference.revision());
    }
    return new AdapterBase(folder.toAbsolutePath().normalize().toString(), "");
  }
}
