// Amounts as providers write them <-> minor units of ISO 4217, in whole numbers.
const EXPONENTS = { UGX: 0, RWF: 0, XOF: 0, XAF: 0, GNF: 0, BIF: 0, DJF: 0, KMF: 0, TND: 3, LYD: 3 }

export const exponentOf = (currency) => EXPONENTS[currency] ?? 2

// "1250.5" or 1250.5 -> 125050; NaN when it is no amount of that currency.
export function toMinor(major, currency) {
  const match = /^(\d{1,13})(?:\.(\d+))?$/.exec(String(major))
  if (!match) return NaN
  const exponent = exponentOf(currency)
  const fraction = (match[2] ?? '').replace(/0+$/, '')
  if (fraction.length > exponent) return NaN
  return Number(match[1] + fraction.padEnd(exponent, '0'))
}

export function toMajor(minor, currency) {
  return minor / 10 ** exponentOf(currency)
}

export function toDecimal(minor, currency) {
  return toMajor(minor, currency).toFixed(exponentOf(currency))
}
