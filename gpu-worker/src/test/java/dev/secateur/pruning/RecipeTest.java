package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeTest {
  private static final String WHOLE =
      """
      {"base": {}, "strategy": "block", "ratio": 0.5, "criterion": "l1", "aggregation": "sum",
       "groups": [{"name": "layers.0.mlp", "units": 4, "removed": [0, 2]}],
       "parameters": {"before": 10, "after": 5}}
      """;

  @TempDir private Path folder;

  private Path recipe(String content) throws IOException {
    return Files.writeString(folder.resolve("recipe.json"), content);
  }

  @Test
  void readsWhatItWrites() throws IOException {
    Recipe read = Recipe.read(recipe(WHOLE));
    assertThat(read.unitsRemoved()).isEqualTo(2);
    assertThat(Recipe.read(recipe(read.json()))).isEqualTo(read);
  }
}
