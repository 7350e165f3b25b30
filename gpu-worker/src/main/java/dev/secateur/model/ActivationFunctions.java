package dev.secateur.model;

import dev.secateur.model.Ops.Activation;

/** Activations as configs name them. */
final class ActivationFunctions {
  private ActivationFunctions() {}

  /**
   * @param otherwise the name where the config has none
   */
  static Activation of(ModelConfig config, String key, String otherwise) {
    String name = config.text(key).orElse(otherwise);
    return switch (name) {
      case "silu", "swish" -> Activation.SILU;
      case "gelu" -> Activation.GELU;
      case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> Activation.GELU_TANH;
      case "relu" -> Activation.RELU;
      default ->
          throw config.error(
              key,
              "is '"
                  + name
                  + "'; supported activations are silu, gelu, gelu_new, gelu_pytorch_tanh, relu");
    };
  }
}
