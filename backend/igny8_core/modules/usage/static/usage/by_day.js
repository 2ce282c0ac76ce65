// The chart of the usage panel, from the JSON beside it. Only pixels are computed here: what is read is the server's text.
(() => {
  "use strict";

  const UNITS = { cost: "$", credits: "", tokens: "", calls: "" };
  const TITLES = { cost: "Cost in USD", credits: "Credits", tokens: "Tokens", calls: "Calls" };

  const grouped = (text) => {
    const [whole, fraction] = text.split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction ? `.${fraction}` : "");
  };
  const tick = new Intl.NumberFormat("en", { maximumFractionDigits: 6 });
  const shortTick = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

  const draw = (canvas) => {
    const panel = document.getElementById("usage");
    const data = JSON.parse(document.getElementById("usage-chart-data").textContent);
    const measures = [...panel.querySelectorAll("[data-measure]")];
    let measure = measures.find((button) => button.getAttribute("aria-pressed") === "true").dataset.measure;

    const written = (text) => UNITS[measure] + grouped(text);
    const chart = new Chart(canvas, {
      type: "bar",
      data: {
        labels: data.days,
        datasets: data.series.map((series) => ({ label: series.name, borderWidth: 1, maxBarThickness: 40 })),
      },
      options: {
        animation: false,
        font: { family: getComputedStyle(panel).fontFamily },
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: { display: false },
          tooltip: {
            // A model that was not called on the day would only take up room.
            filter: (item) => item.parsed.y > 0,
            itemSort: (one, other) => other.parsed.y - one.parsed.y,
            callbacks: {
              label: (item) => `${item.dataset.label}: ${written(data.series[item.datasetIndex].values[measure][item.dataIndex])}`,
              footer: (items) => items.length ? `All models: ${written(data.totals[measure][items[0].dataIndex])}` : "",
            },
          },
        },
        scales: {
          x: {
            stacked: true,
            grid: { display: false },
            ticks: { autoSkipPadding: 12, maxRotation: 0, callback(value) { return this.getLabelForValue(value).slice(5); } },
          },
          y: {
            stacked: true,
            beginAtZero: true,
            border: { display: false },
            ticks: {
              maxTicksLimit: 6,
              precision: measure === "calls" ? 0 : undefined,
              callback: (value) => UNITS[measure] + (value >= 10_000 ? shortTick : tick).format(value),
            },
          },
        },
      },
    });

    const paint = () => {
      const style = getComputedStyle(panel);
      chart.data.datasets.forEach((dataset, index) => {
        const colour = style.getPropertyValue(`--usage-${data.series[index].colour}`).trim();
        dataset.backgroundColor = dataset.hoverBackgroundColor = colour;
        // A line of the page between neighbours in a stack.
        dataset.borderColor = dataset.hoverBorderColor = style.getPropertyValue("--usage-page").trim();
      });
      for (const scale of [chart.options.scales.x, chart.options.scales.y]) {
        scale.ticks.color = style.color;
        scale.grid.color = style.getPropertyValue("--usage-line").trim();
      }
      chart.update();
    };

    const show = (chosen) => {
      measure = chosen;
      data.series.forEach((series, index) => {
        chart.data.datasets[index].data = series.values[measure].map(Number);
      });
      chart.options.scales.y.ticks.precision = ["tokens", "calls"].includes(measure) ? 0 : undefined;
      canvas.setAttribute("aria-label", `${TITLES[measure]} by day and model. The tables below have the same figures.`);
      measures.forEach((button) => button.setAttribute("aria-pressed", button.dataset.measure === measure));
      chart.update();
    };

    // What is chosen stays chosen in the address, and in every link to another period or model.
    const remember = () => {
      const addresses = [...panel.querySelectorAll("a[data-usage-link]")];
      const put = (href) => {
        const url = new URL(href);
        url.searchParams.set("measure", measure);
        return url.href;
      };
      addresses.forEach((link) => { link.href = put(link.href); });
      history.replaceState(history.state, "", put(location.href));
      const form = document.getElementById("usage-filter");
      let field = form.elements.namedItem("measure");
      if (!field) {
        field = Object.assign(document.createElement("input"), { type: "hidden", name: "measure" });
        form.append(field);
      }
      field.value = measure;
    };

    measures.forEach((button) => button.addEventListener("click", () => {
      show(button.dataset.measure);
      remember();
    }));
    panel.querySelectorAll("[data-series]").forEach((button) => button.addEventListener("click", () => {
      const index = Number(button.dataset.series);
      const isShown = !chart.isDatasetVisible(index);
      chart.setDatasetVisibility(index, isShown);
      button.setAttribute("aria-pressed", isShown);
      chart.update();
    }));
    new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["class"] });
    show(measure);
    paint();
  };

  const failed = (event) => {
    const panel = document.getElementById("usage-panel");
    if (event.detail.target !== panel) {
      return;
    }
    const link = Object.assign(document.createElement("a"), { href: location.href, className: "usage-link", textContent: "Try again" });
    const text = Object.assign(document.createElement("p"), { id: "usage-failed" });
    text.setAttribute("role", "alert");
    text.append("The usage could not be loaded. ", link);
    panel.replaceChildren(text);
  };

  document.addEventListener("htmx:load", () => {
    const canvas = document.getElementById("usage-chart");
    if (canvas && !Chart.getChart(canvas)) {
      draw(canvas);
    }
  });
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, failed);
  }
})();
