/**
 * Tensors: DJL's arrays, the TorchScript kernels that compute on them, devices and the self-test of
 * the natives.
 */
package dev.secateur.tensor;
