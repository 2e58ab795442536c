import fc from 'fast-check';
import { narrativeFault } from '../../src/fhir/narrative.ts';

const div = (inner: string) => `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>`;

test.each([
  div('Hej'),
  div('<p>a &amp; b &#229; &aring;</p>'),
  div('<br/><img src="#pic" alt="x"/>'),
  div('<table class=\'t\'><tr><td colspan="2">1 &lt; 2 > 0</td></tr></table>'),
  div('<!-- a comment - with a dash --><b>x</b>'),
  ` \n${div('x')}\n`,
  '<div xmlns="http://www.w3.org/1999/xhtml" lang="da" xml:lang="da"><a href="https://x.example/?a=1&amp;b=2" title="a > b">x</a></div>',
])('is allowed: %s', (xhtml) => {
  expect(narrativeFault(xhtml)).toBeUndefined();
});

test.each([
  ['', 'not a div'],
  ['Hej', 'not a div'],
  ['<p xmlns="http://www.w3.org/1999/xhtml">x</p>', 'not a div'],
  ['<div>x</div>', 'not a div'],
  [div(''), 'empty'],
  [div(' <br/>\u00a0 '), 'empty'],
  [div('<script>alert(1)</script>'), 'element not allowed'],
  [div('<form>x</form>'), 'element not allowed'],
  [div('<p onclick="x()">x</p>'), 'attribute not allowed'],
  [div('<a href=" javascript:alert(1)">x</a>'), 'attribute not allowed'],
  [div('<p>x</div>'), 'not well-formed'],
  [div('<p class=x>x</p>'), 'not well-formed'],
  [div('<p class="a" class="b">x</p>'), 'not well-formed'],
  [div('a & b'), 'not well-formed'],
  [div('a <'), 'not well-formed'],
  [div('x ]]> y'), 'not well-formed'],
  [`${div('x')}${div('y')}`, 'not well-formed'],
  [`${div('x')} tail`, 'not well-formed'],
  [`head ${div('x')}`, 'not well-formed'],
  ['<div xmlns="http://www.w3.org/1999/xhtml">x', 'not well-formed'],
])('is refused: %s', (xhtml, rule) => {
  expect(narrativeFault(xhtml)).toBe(rule);
});

test('any text gets an answer, quickly', () => {
  const piece = fc.constantFrom('<', '>', '/', 'div', ' ', '"', "'", '=', '<!--', '-->', '&', 'a', 'xmlns');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 400 }), (pieces) => {
      const start = performance.now();
      narrativeFault(pieces.join(''));
      return performance.now() - start < 200;
    }),
  );
});

test.each([
  ['spaces in a tag', div(`<p${' '.repeat(200_000)}x`)],
  ['unclosed elements', '<div xmlns="http://www.w3.org/1999/xhtml">'.repeat(50_000)],
  ['an endless comment', div(`<!--${'-a'.repeat(200_000)}`)],
  ['many attributes', div(`<p${' id="1"'.repeat(50_000)}>x</p>`)],
])('does not hang on %s', (_, xhtml) => {
  const start = performance.now();
  expect(narrativeFault(xhtml)).toBeDefined();
  expect(performance.now() - start).toBeLessThan(1000);
});
