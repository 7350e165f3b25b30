package dev.secateur;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class PythonToolsTest {
  @Test
  void skipsAndSaysSoWhereNoInterpreterIsNamed() {
    assertThatThrownBy(() -> PythonTools.in(null, "torch", "transformers"))
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("SECATEUR_PYTHON names no Python interpreter")
        .hasMessageContaining("torch, transformers");
  }

  @Test
  void skipsAndNamesAnInterpreterThatIsNotThere() {
    assertThatThrownBy(() -> PythonTools.in("/no/such/python", "torch"))
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("SECATEUR_PYTHON=/no/such/python can't be started");
  }

  @Test
  void skipsAndNamesTheModulesThatAreMissing() {
    PythonTools.with("sys");
    assertThatThrownBy(() -> PythonTools.with("sys", "no_such_tool", "no_such.tool"))
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("has no module no_such_tool no_such.tool: skipped");
  }
}
