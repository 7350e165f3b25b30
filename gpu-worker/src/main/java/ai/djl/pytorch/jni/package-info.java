/**
 * The only access to DJL's internals: runs a TorchScript method so that autograd can record it.
 *
 * <p>DJL's public API always runs scripts in inference mode, whose results can take no part in a
 * gradient. The call that does not is package-private, hence this package.
 */
package ai.djl.pytorch.jni;
