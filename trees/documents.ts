import { presentLegacy } from '../estate/derived/legacy-registry';
import type { Estate } from '../estate/estate';
import type { DocumentSection } from '../estate/stacks';
import { runbookTexts, sectionText } from './document-text';

/** A marked section of a page of the tree. */
export interface TreeSection {
  readonly path: string;
  readonly name: string;
  /** `undefined` before the legacy registry is gone: the section is not to be there. */
  readonly text: string | undefined;
  /** Whether the page is ours: it is made where there is none. */
  readonly makesPage: boolean;
}

/** What the tree's own pages say of images. */
export interface TreeDocuments {
  readonly sections: readonly TreeSection[];
  /** Runbooks that no longer tell the truth. */
  readonly retired: readonly string[];
}

/** The documents of the last phase, in the same delivery that removes the legacy registry: none before it. */
export function documentsTree(estate: Estate): TreeDocuments {
  const { runbooks, pages, retired } = estate.stacks.documents;
  const isGone = presentLegacy(estate) === undefined;
  const said = (render: (subject: Estate) => string): string | undefined =>
    isGone ? render(estate) : undefined;
  return {
    sections: [
      ...Object.entries(runbookTexts).map(([file, render]) => ({
        path: `${runbooks}/${file}`,
        name: 'runbook',
        text: said(render),
        makesPage: true,
      })),
      ...Object.entries(pages).map(([name, path]) => ({
        path,
        name,
        text: said(sectionText[name as DocumentSection]),
        makesPage: false,
      })),
    ],
    retired: isGone ? retired : [],
  };
}
