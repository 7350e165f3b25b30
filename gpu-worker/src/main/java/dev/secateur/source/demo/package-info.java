/** The demo model that Secateur brings along, trained by itself on WordNet's glosses. */
package dev.secateur.source.demo;
