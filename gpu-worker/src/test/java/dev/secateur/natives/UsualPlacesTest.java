package dev.secateur.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsualPlacesTest {
  @TempDir Path folder;

  @Test
  void findsInstallationsOfPythonTheUsersOwnFirst() throws Exception {
    List<Path> expected =
        List.of(
            FakeTorch.python(folder.resolve("venv"), "2.7.1", "12.8"),
            FakeTorch.python(folder.resolve("conda"), "2.7.1", "12.8"),
            FakeTorch.python(folder.resolve("home/.local"), "2.7.1", "12.8"),
            FakeTorch.python(folder.resolve("tools"), "2.7.1", "12.8"),
            FakeTorch.python(folder.resolve("root/usr/local"), "2.7.1", "12.8"),
            FakeTorch.python(folder.resolve("root/opt/python"), "2.7.1", "12.8"),
            FakeTorch.libraries(folder.resolve("root/opt/libtorch/lib"), true));
    Files.createDirectories(folder.resolve("tools/bin"));
    Files.createFile(folder.resolve("tools/bin/python3"));
    UsualPlaces places =
        new UsualPlaces(
            Map.of(
                "VIRTUAL_ENV",
                folder.resolve("venv").toString(),
                "CONDA_PREFIX",
                folder.resolve("conda").toString(),
                "PATH",
                folder.resolve("nowhere") + ":" + folder.resolve("tools/bin")),
            folder.resolve("home"),
            folder.resolve("root"));
    assertThat(places.torches()).extracting(TorchFolder::library).isEqualTo(expected);
  }

  @Test
  void findsNothingWhereThereIsNothing() throws Exception {
    assertThat(new UsualPlaces(Map.of(), folder, folder).torches()).isEmpty();
  }
}
