/** The demo model that Secateur includes, trained by Secateur on WordNet's glosses. */
package dev.secateur.source.demo;
