/**
 * The one place that reaches into DJL: running a TorchScript method so that autograd may pass
 * through it.
 *
 * <p>DJL's public way always runs scripts in inference mode, whose results can take no part in a
 * gradient; the call that does not is package-private, hence this package.
 */
package ai.djl.pytorch.jni;
