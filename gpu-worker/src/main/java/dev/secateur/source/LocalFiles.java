package dev.secateur.source;

import dev.secateur.evaluation.ZeroShot;
import dev.secateur.hub.Hub;
import dev.secateur.hub.HubReference;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.text.KnownText;
import dev.secateur.text.TextFile;
import java.nio.file.Path;

/**
 * What a name means on this machine: a local file or folder, or one of the hub, downloaded if it is
 * not here yet.
 */
public final class LocalFiles {
  private final Hub.ProgressListener progress;
  private final Path models;

  /**
   * @param progress told of downloads
   * @param models the folder that the models are put into which Secateur brings along
   */
  public LocalFiles(Hub.ProgressListener progress, Path models) {
    this.progress = progress;
    this.models = models;
  }

  /** A checkpoint's folder: {@code demo}, {@code hf:owner/name[@revision]}, or a folder. */
  public Path model(String name) {
    if (name.equals(DemoModel.NAME)) {
      return DemoModel.extract(models);
    }
    return HubReference.isOne(name)
        ? hub().model(HubReference.parse(name))
        : Path.of(name).toAbsolutePath().normalize();
  }

  /** A checkpoint's folder, of which only the config is wanted. */
  public static Path config(String name, Hub.ProgressListener progress) {
    return HubReference.isOne(name)
        ? Hub.ofEnvironment(progress).config(HubReference.parse(name))
        : Path.of(name);
  }

  /** A PEFT adapter's folder: {@code hf:owner/name[@revision]}, or a folder. */
  public Path adapter(String name) {
    return HubReference.isOne(name) ? hub().adapter(HubReference.parse(name)) : Path.of(name);
  }

  /**
   * A text: {@code hf:owner/name[@revision]/FILE[#COLUMN]}, a well-known name, or {@code
   * FILE[#COLUMN]}.
   */
  public TextFile text(String name) {
    TextFile text = TextFile.parse(KnownText.reference(name));
    String file = text.file().toString();
    return text.at(
        HubReference.isOne(file)
            ? hub().file(HubReference.parse(file))
            : text.file().toAbsolutePath().normalize());
  }

  /** A folder of tasks: {@code hf:owner/name[@revision]}, or a folder. */
  public Path tasks(String name) {
    return HubReference.isOne(name)
        ? hub().dataSet(HubReference.parse(name), ZeroShot::isTaskFile)
        : Path.of(name).toAbsolutePath().normalize();
  }

  /** The name by which every machine finds what this one found: on the hub, that very commit. */
  public String everywhere(String name, Path local) {
    if (name.equals(DemoModel.NAME)) {
      return name;
    }
    String known = KnownText.reference(name);
    if (!HubReference.isOne(known)) {
      return local.toString();
    }
    TextFile text = TextFile.parse(known);
    HubReference reference = HubReference.parse(text.file().toString());
    return text.at(Path.of(hub().pinned(reference, local).toString())).toString();
  }

  private Hub hub() {
    return Hub.ofEnvironment(progress);
  }
}
