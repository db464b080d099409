/** Tips by day: a row of bars for the eye, and the same as a table. */
import { amountWords, worthWords } from "../../core/tip-amounts";
import { dayBars, sumOfDays } from "../../core/tip-days";
import { people } from "../../core/words";
import type { CoinSum, Days, TipDay } from "../../protocol/tip-history";

export function DaysChart({ days, within }: { days: readonly TipDay[]; within: Days }) {
  if (days.length === 0) return null;
  const bars = dayBars(days, within);
  const sum = sumOfDays(days);
  return (
    <section className="tip-days" aria-label="Tips by day" data-testid="tip-days">
      <p className="tip-days-sum">
        <strong>{people(sum.tips, "tip", "tips")}</strong>
        {sum.worth !== null && <> worth {worthWords(sum.worth)} at the time</>}
        {": "}
        {coinWords(sum.amounts)}
      </p>
      <div className="tip-days-bars" aria-hidden="true">
        {bars.map(({ date, day, percent }) => (
          <i key={date} title={day === null ? date : `${date}: ${dayWords(day)}`} data-some={day !== null || undefined} style={{ height: `${Math.max(percent, day === null ? 0 : 4)}%` }} />
        ))}
      </div>
      <p className="tip-days-ends" aria-hidden="true">
        <span>{bars[0]?.date}</span>
        <span>{bars.at(-1)?.date}</span>
      </p>
      <details>
        <summary>As a table</summary>
        <div className="table" tabIndex={0} role="region" aria-label="Tips by day">
          <table>
            <thead>
              <tr>
                <th scope="col">Day (UTC)</th>
                <th scope="col">Tips</th>
                <th scope="col">Amount</th>
                <th scope="col">Worth</th>
              </tr>
            </thead>
            <tbody>
              {days.map((day) => (
                <tr key={day.date}>
                  <td>{day.date}</td>
                  <td>{day.tips}</td>
                  <td>{coinWords(day.amounts)}</td>
                  <td>{day.worth === null ? "" : worthWords(day.worth)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

function dayWords(day: TipDay): string {
  const worth = day.worth === null ? "" : `, ${worthWords(day.worth)}`;
  return `${people(day.tips, "tip", "tips")}, ${coinWords(day.amounts)}${worth}`;
}

function coinWords(coins: readonly CoinSum[]): string {
  return coins.map(({ amount, decimals, symbol }) => `${amountWords(amount, decimals)} ${symbol}`).join(" + ");
}
