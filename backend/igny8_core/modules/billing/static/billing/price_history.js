// The line of a model's prices, from the JSON beside it. Only pixels are computed here: what is read is the server's text.
(() => {
  "use strict";

  const tick = new Intl.NumberFormat("en", { maximumFractionDigits: 6 });
  const DAY_MS = 86400000;
  // The days alone would all read the same where the prices are of one day.
  const written = (span) => (time) => {
    const text = new Date(time).toISOString();
    if (span >= 8 * DAY_MS) {
      return text.slice(0, 10);
    }
    return span >= DAY_MS / 2 ? text.slice(5, 16).replace("T", " ") : text.slice(11, 19);
  };

  document.addEventListener("DOMContentLoaded", () => {
    const canvas = document.getElementById("price-history-chart");
    if (!canvas) {
      return;
    }
    const page = document.getElementById("price-history");
    const data = JSON.parse(document.getElementById("price-history-data").textContent);
    const isScheduled = (context) => context.p0.parsed.x >= data.now;

    const chart = new Chart(canvas, {
      type: "line",
      data: {
        datasets: data.series.map((series) => ({
          label: series.name,
          // A price holds until the next one.
          stepped: true,
          borderWidth: 2,
          pointRadius: 3,
          segment: { borderDash: (context) => (isScheduled(context) ? [6, 4] : undefined) },
          data: data.times.map((time, index) => ({ x: time, y: series.values[index] === null ? null : Number(series.values[index]) })),
        })),
      },
      options: {
        animation: false,
        font: { family: getComputedStyle(page).fontFamily },
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: { display: false },
          tooltip: {
            callbacks: {
              title: (items) => (items.length ? `${data.moments[items[0].dataIndex]} UTC` : ""),
              label: (item) => `${item.dataset.label}: $${data.series[item.datasetIndex].values[item.dataIndex]}`,
            },
          },
        },
        scales: {
          x: {
            type: "linear",
            grid: { display: false },
            ticks: { autoSkipPadding: 12, maxRotation: 0, maxTicksLimit: 8, callback: written(data.times.at(-1) - data.times[0]) },
          },
          y: {
            beginAtZero: true,
            border: { display: false },
            ticks: { maxTicksLimit: 6, callback: (value) => `$${tick.format(value)}` },
          },
        },
      },
    });

    const paint = () => {
      const style = getComputedStyle(page);
      chart.data.datasets.forEach((dataset, index) => {
        const colour = style.getPropertyValue(`--prices-${data.series[index].colour}`).trim();
        dataset.borderColor = dataset.backgroundColor = colour;
      });
      for (const scale of [chart.options.scales.x, chart.options.scales.y]) {
        scale.ticks.color = style.color;
        scale.grid.color = style.getPropertyValue("--prices-line").trim();
      }
      chart.update();
    };
    new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["class"] });
    paint();
  });
})();
