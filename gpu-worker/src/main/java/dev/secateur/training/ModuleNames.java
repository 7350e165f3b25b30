package dev.secateur.training;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Names of a model's modules as PEFT's configs give them. A module's name is the path that its
 * parameters' names begin with, such as {@code model.layers.0.mlp.up_proj}.
 */
sealed interface ModuleNames {
  boolean matches(String module);

  /** A list of names; each stands for the modules whose path it is, or ends with it. */
  record Listed(List<String> names) implements ModuleNames {
    @Override
    public boolean matches(String module) {
      return names.stream().anyMatch(name -> isNamed(module, name));
    }

    /** Whether the module's whole path, or its last parts, are that name. */
    static boolean isNamed(String module, String name) {
      return module.equals(name) || module.endsWith("." + name);
    }
  }

  /** A regular expression of the whole path. */
  record Expression(Pattern pattern) implements ModuleNames {
    @Override
    public boolean matches(String module) {
      return pattern.matcher(module).matches();
    }
  }

  /** Every affine map but the output layer. */
  record AllLinear() implements ModuleNames {
    @Override
    public boolean matches(String module) {
      return true;
    }
  }
}
